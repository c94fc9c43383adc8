import { DistillError, messageOf } from '../errors.ts'

/**
 * Loads a package that only who publishes to one kind of storage has installed.
 * @throws {DistillError} `SDK_MISSING`, or `CONFIG_FAILED` when it is there and cannot be loaded
 */
export async function loadPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    const why = messageOf(cause)
    const message = `cannot load \`${name}\`: ${why}`
    if (why.startsWith(`Cannot find package '${name}'`) || why.startsWith(`Cannot find module '${name}'`))
      throw new DistillError('SDK_MISSING', message, { hint: `npm install --save-dev ${name}`, cause })
    // It is there, and lacks something itself or does not run here.
    throw new DistillError('CONFIG_FAILED', message, {
      hint: 'Its installation is broken: run `npm ci`.',
      cause,
    })
  }
}
