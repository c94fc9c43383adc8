import { DistillError, messageOf } from '../errors.ts'

/**
 * Loads an optional peer dependency.
 * @throws {DistillError} `SDK_MISSING` if it is not installed, `CONFIG_FAILED` if it is installed and does not load
 */
export async function loadPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    const why = messageOf(cause)
    const message = `cannot load \`${name}\`: ${why}`
    if (why.startsWith(`Cannot find package '${name}'`) || why.startsWith(`Cannot find module '${name}'`))
      throw new DistillError('SDK_MISSING', message, { hint: `npm install --save-dev ${name}`, cause })
    throw new DistillError('CONFIG_FAILED', message, {
      hint: 'Its installation is broken: run `npm ci`.',
      cause,
    })
  }
}
