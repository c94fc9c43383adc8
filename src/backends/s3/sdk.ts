import type * as Sdk from '@aws-sdk/client-s3'
import { DistillError, messageOf } from '../../errors.ts'

/**
 * Loads the SDK, which only who publishes to S3 has installed.
 * @throws {DistillError} `SDK_MISSING`
 */
export async function loadSdk(): Promise<typeof Sdk> {
  // It would otherwise warn, once per process, that a future release needs a newer Node.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  try {
    return await import('@aws-sdk/client-s3')
  } catch (cause) {
    // A dependency that the package itself lacks is a broken installation, which "install it" would not mend.
    const missing = /^Cannot find (package|module) '@aws-sdk\/client-s3'/.test(messageOf(cause))
    throw new DistillError('SDK_MISSING', `cannot load \`@aws-sdk/client-s3\`: ${messageOf(cause)}`, {
      hint: missing
        ? 'npm install --save-dev @aws-sdk/client-s3'
        : 'Its installation is broken: run `npm ci`.',
      cause,
    })
  }
}
