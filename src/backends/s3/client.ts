import type * as Sdk from '@aws-sdk/client-s3'
import { createHash } from 'node:crypto'
import type { S3Target } from '../targets.ts'
import { readListings } from './listing.ts'

/**
 * A client that sends each request once.
 * @param timeout milliseconds without traffic on its connection after which a request fails
 */
export function createClient(sdk: typeof Sdk, target: S3Target, timeout: number): Sdk.S3Client {
  const { region, endpoint, accessKeyId, secretAccessKey, sessionToken, profile } = target
  // The caller limits concurrency. A request that waits for a socket would fail by `connectionTimeout`.
  const agent = { keepAlive: true, maxSockets: Infinity }
  const client = new sdk.S3Client({
    region: region ?? (endpoint === undefined ? undefined : 'us-east-1'),
    endpoint,
    profile,
    credentials:
      accessKeyId === undefined || secretAccessKey === undefined
        ? undefined
        : { accessKeyId, secretAccessKey, sessionToken },
    forcePathStyle: target.forcePathStyle ?? endpoint !== undefined,
    maxAttempts: 1,
    // No middleware is added after this function: sorting it for each request takes a tenth of the request's time.
    cacheMiddleware: true,
    // Every body has a Content-MD5, which all storages check; only newer ones know the SDK's own checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // It costs a round trip for each body over 2 MB, and refusals are rare.
    expectContinueHeader: false,
    requestHandler: { httpAgent: agent, httpsAgent: agent, connectionTimeout: 5_000, socketTimeout: timeout },
  })
  // Nothing reads its log, and redacting secrets from it takes a tenth of the time of a small upload.
  client.middlewareStack.remove('loggerMiddleware')
  // A middleware of our own that has the response already hands it to the SDK, which makes an error of it.
  client.middlewareStack.add(
    (next) => async (args) => {
      const { response } = args as { response?: unknown }
      return response === undefined ? next(args) : ({ response } as Awaited<ReturnType<typeof next>>)
    },
    // Next to the request handler.
    { step: 'deserialize', priority: 'low', name: 'responseAtHand' },
  )
  readListings(client, `s3://${target.bucket}/`)
  // Several storages require a Content-MD5 for DeleteObjects, and the SDK has no parameter for it.
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        const request = args.request as { headers: Record<string, string>; body: unknown }
        if (commandName === 'DeleteObjectsCommand' && typeof request.body === 'string') {
          request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64')
        }
        return next(args)
      },
    { step: 'build', name: 'contentMd5OfDeletes' },
  )
  if (endpoint !== undefined) {
    // Ceph's gateway reads the condition on a copied object from a header without `source`, and ignores Amazon's.
    client.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          const { headers } = args.request as { headers: Record<string, string> }
          const condition = headers['x-amz-copy-source-if-match']
          if (commandName === 'CopyObjectCommand' && condition !== undefined)
            headers['x-amz-copy-if-match'] = condition
          return next(args)
        },
      { step: 'build', name: 'conditionOfCopies' },
    )
  }
  if (target.requestPayer !== undefined) {
    const { requestPayer } = target
    client.middlewareStack.add(
      (next) => (args) => {
        ;(args.request as { headers: Record<string, string> }).headers['x-amz-request-payer'] = requestPayer
        return next(args)
      },
      { step: 'build', name: 'requestPayer' },
    )
  }
  return client
}
