import type * as Sdk from '@aws-sdk/client-s3'
import { DistillError, messageOf } from '../../errors.ts'

/**
 * Loads the SDK, which only who publishes to S3 has installed.
 * @throws {DistillError} `SDK_MISSING`, or `CONFIG_FAILED` when it is there and cannot be loaded
 */
export async function loadSdk(): Promise<typeof Sdk> {
  // It would otherwise warn, once per process, that a future release needs a newer Node.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  try {
    return await import('@aws-sdk/client-s3')
  } catch (cause) {
    const message = `cannot load \`@aws-sdk/client-s3\`: ${messageOf(cause)}`
    if (/^Cannot find (package|module) '@aws-sdk\/client-s3'/.test(messageOf(cause))) {
      throw new DistillError('SDK_MISSING', message, {
        hint: 'npm install --save-dev @aws-sdk/client-s3',
        cause,
      })
    }
    // It is there, and lacks something itself or does not run here.
    throw new DistillError('CONFIG_FAILED', message, {
      hint: 'Its installation is broken: run `npm ci`.',
      cause,
    })
  }
}
