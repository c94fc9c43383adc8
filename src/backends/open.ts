import { createHash } from 'node:crypto'
import { basename, isAbsolute, relative, resolve } from 'node:path'
import { DistillError } from '../errors.ts'
import { checkBackend, defaultContainer, isCustom, type CustomTarget, type Target } from './targets.ts'
import type { Backend, PlacedBackend } from './backend.ts'
import { withStatePlace } from './state-place.ts'

/**
 * Opens the backend of a target. Sends no request.
 * @param root Vite's root, which relative paths of the target are relative to
 * @throws {DistillError} `SDK_MISSING` if the package of the storage is not installed, `OPTION_INVALID`
 */
export async function openBackend(target: Target, root: string): Promise<Backend> {
  if (isCustom(target)) {
    if (typeof target.backend !== 'function') return target.backend
    const backend = await target.backend()
    checkBackend('what `backend` returned', backend)
    return backend
  }
  const place = statePlaceOf(target, root)
  const backend = await open(target, root)
  if (!place) return backend
  const names = { target: placeOf(target, root), place: placeOf(place.target, root) }
  return withStatePlace(backend, await open(place.target, root), place.folder, names)
}

type BuiltIn = Exclude<Target, CustomTarget>

/** Loads only the backend that is needed. */
async function open(target: BuiltIn, root: string): Promise<PlacedBackend> {
  switch (target.backend) {
    case 'directory':
      return (await import('./directory.ts')).directoryBackend(target, root)
    case 's3':
      return (await import('./s3.ts')).s3Backend(target)
    case 'gcs':
      return (await import('./gcs.ts')).gcsBackend(target, root)
    case 'azure':
      return (await import('./azure.ts')).azureBackend(target)
  }
}

/** The bucket, the container or the folder that a target is. */
function placeOf(target: BuiltIn, root: string): string {
  if (target.backend === 'directory') return resolve(root, target.path)
  return target.backend === 'azure' ? (target.container ?? defaultContainer) : target.bucket
}

/**
 * The second place of a target, and the folder there that is this target's: others may share the place.
 * @throws {DistillError} `OPTION_INVALID`
 */
function statePlaceOf(target: BuiltIn, root: string): { target: BuiltIn; folder: string } | undefined {
  switch (target.backend) {
    case 's3':
    case 'gcs': {
      const { bucket, stateBucket } = target
      return stateBucket === undefined
        ? undefined
        : { target: { ...target, bucket: stateBucket }, folder: `${bucket}/` }
    }
    case 'azure': {
      const { container = defaultContainer, stateContainer } = target
      return stateContainer === undefined
        ? undefined
        : { target: { ...target, container: stateContainer }, folder: `${container}/` }
    }
    case 'directory': {
      if (target.statePath === undefined) return undefined
      const [path, statePath] = [resolve(root, target.path), resolve(root, target.statePath)]
      const inside = relative(path, statePath)
      if (!isAbsolute(inside) && !/^\.\.($|[/\\])/.test(inside))
        throw new DistillError(
          'OPTION_INVALID',
          `\`statePath\` is inside \`${path}\`, which the site is published to`,
          {
            hint: 'Give it a folder that no web server serves, such as `../state`.',
          },
        )
      // Relative, so that both folders can move together.
      const hash = createHash('sha256').update(relative(statePath, path)).digest('hex').slice(0, 8)
      return { target: { ...target, path: statePath }, folder: `${basename(path)}-${hash}/` }
    }
  }
}
