import { checkBackend, isCustom, type Target } from './targets.ts'
import { azureBackend } from './azure.ts'
import type { Backend } from './backend.ts'
import { directoryBackend } from './directory.ts'
import { gcsBackend } from './gcs.ts'
import { s3Backend } from './s3.ts'

/**
 * Opens the backend of a target. Sends no request.
 * @param root Vite's root, which relative paths of the target are relative to
 * @throws {DistillError} `SDK_MISSING` if the package of the storage is not installed
 */
export async function openBackend(target: Target, root: string): Promise<Backend> {
  if (isCustom(target)) {
    if (typeof target.backend !== 'function') return target.backend
    const backend = await target.backend()
    checkBackend('what `backend` returned', backend)
    return backend
  }
  switch (target.backend) {
    case 'directory':
      return directoryBackend(target, root)
    case 's3':
      return s3Backend(target)
    case 'gcs':
      return gcsBackend(target, root)
    case 'azure':
      return azureBackend(target)
  }
}
