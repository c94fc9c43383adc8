import type * as Sdk from '@aws-sdk/client-s3'
import { loadPackage } from '../load-package.ts'

/**
 * Loads the SDK of S3.
 * @throws {DistillError} `SDK_MISSING`, `CONFIG_FAILED`
 */
export function loadSdk(): Promise<typeof Sdk> {
  // Without it, the SDK warns on Node 20 that a future release needs a newer Node.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  return loadPackage('@aws-sdk/client-s3', () => import('@aws-sdk/client-s3'))
}
