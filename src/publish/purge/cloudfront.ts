import { randomUUID } from 'node:crypto'
import { BackendError } from '../../backends/backend.ts'
import { loadPackage } from '../../backends/load-package.ts'
import { nameOf, toBackendError } from '../../backends/s3/failure.ts'
import type { Target } from '../../options.ts'
import { type CloudFrontPurge, maxCloudFrontPaths } from '../../purge-options.ts'
import { untilDone, withRetry, type Purger } from './purger.ts'
import { pathOf } from './urls.ts'

/** Purges a distribution of CloudFront by invalidations, and waits until these are done. */
export async function cloudFrontPurger(
  { distributionId, maxPaths = maxCloudFrontPaths }: CloudFrontPurge,
  target: Target,
  root: string,
): Promise<Purger> {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  const sdk = await loadPackage('@aws-sdk/client-cloudfront', () => import('@aws-sdk/client-cloudfront'))
  const client = new sdk.CloudFrontClient({
    // CloudFront has one region.
    region: 'us-east-1',
    ...credentialsOf(target),
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 5_000, socketTimeout: 30_000 },
  })
  // Nothing reads its log.
  client.middlewareStack.remove('loggerMiddleware')

  async function invalidate(paths: string[], signal: AbortSignal | undefined): Promise<void> {
    // The same for each attempt: an invalidation whose response was lost is not made twice.
    const CallerReference = randomUUID()
    const InvalidationBatch = { CallerReference, Paths: { Quantity: paths.length, Items: paths } }
    const create = new sdk.CreateInvalidationCommand({ DistributionId: distributionId, InvalidationBatch })
    const { Invalidation } = await withRetry(
      () => client.send(create, { abortSignal: signal }).catch(fail),
      signal,
    )
    const get = new sdk.GetInvalidationCommand({ DistributionId: distributionId, Id: Invalidation?.Id })
    let status = Invalidation?.Status
    await untilDone(async () => {
      if (isCompleted(status)) return undefined
      status = (await client.send(get, { abortSignal: signal }).catch(fail)).Invalidation?.Status
      return isCompleted(status) ? undefined : 0
    }, signal)
  }

  return {
    name: 'CloudFront',
    maxUrls: maxPaths,
    needs:
      'The credentials need the permissions `cloudfront:CreateInvalidation` and `cloudfront:GetInvalidation` for the distribution.',
    purge: (urls, signal) => invalidate([...new Set(urls.map(invalidationPath))], signal),
    purgeAll: (signal) => invalidate([`${invalidationPath(root)}*`], signal),
    close: () => client.destroy(),
  }
}

const isCompleted = (status = '') => status.toLowerCase() === 'completed'

/** CloudFront refuses paths with characters that RFC 1738 calls unsafe. */
const invalidationPath = (url: string) => pathOf(url).replace(/[{}|\\^~[\]`"<>]/g, percentEncoded)
const percentEncoded = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`

/** An S3 target on Amazon brings its own credentials; another storage's keys mean nothing there. */
function credentialsOf(target: Target) {
  if (target.backend !== 's3') return {}
  const { endpoint, accessKeyId, secretAccessKey, sessionToken, profile } = target
  if (endpoint !== undefined && !/\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname)) return {}
  if (accessKeyId === undefined || secretAccessKey === undefined) return { profile }
  return { credentials: { accessKeyId, secretAccessKey, sessionToken } }
}

const throttled = new Set([
  'Throttling',
  'ThrottlingException',
  'RequestLimitExceeded',
  // Earlier invalidations count until they are done, which may take minutes.
  'TooManyInvalidationsInProgress',
])

function fail(thrown: unknown): never {
  const error = toBackendError('the invalidation failed', thrown)
  throw throttled.has(nameOf(error) ?? '') ? new BackendError('throttled', error.message) : error
}
