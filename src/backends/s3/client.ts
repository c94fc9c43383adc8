import type * as Sdk from '@aws-sdk/client-s3'
import { createHash } from 'node:crypto'
import type { S3Target } from '../targets.ts'

/** A client for a target that tries each request once and gives up on a server that is silent for so many milliseconds. */
export function createClient(sdk: typeof Sdk, target: S3Target, silence: number): Sdk.S3Client {
  const { endpoint, accessKeyId, secretAccessKey, sessionToken, profile } = target
  const region = target.region ?? (endpoint === undefined ? undefined : 'us-east-1')
  // Who calls bounds what is in flight. A request that waited for a socket would count as one that cannot connect.
  const agent = { keepAlive: true, maxSockets: Infinity }
  const client = new sdk.S3Client({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(profile === undefined ? {} : { profile }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : {
          credentials: {
            accessKeyId,
            secretAccessKey,
            ...(sessionToken === undefined ? {} : { sessionToken }),
          },
        }),
    forcePathStyle: target.forcePathStyle ?? endpoint !== undefined,
    maxAttempts: 1,
    // All middleware is added below, and putting it in order for each request anew takes a tenth of its time.
    cacheMiddleware: true,
    // Every body goes with its Content-MD5, which all storages check; the SDK's own checksums only newer ones know.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { httpAgent: agent, httpsAgent: agent, connectionTimeout: 5_000, socketTimeout: silence },
  })
  // Nobody reads what it logs, and to leave out of that what is secret takes a tenth of the time of a small upload.
  client.middlewareStack.remove('loggerMiddleware')
  // DeleteObjects has no parameter for the Content-MD5 that several storages refuse it without.
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
  return client
}
