import { DistillError } from './errors.ts'
import { ownKeys, unsafeKey } from './keys.ts'

/** One file of the site. Lines are sorted by `key`, in the order of its UTF-8 bytes. */
export interface ManifestFile {
  /** Path under the site's directory, `/`-separated; also the object's name under the target's prefix. */
  key: string
  /** The canonical path, percent-encoded and with `base`: `/blog/about/`. */
  url: string
  kind: 'page' | 'asset' | 'redirect'
  /** True for a client asset whose name carries Vite's content hash: it can be cached for ever. */
  hashed?: true
  /** True for an asset that the option `rendered` emitted. */
  emitted?: true
  /** Bytes. */
  size: number
  /** Hex. */
  md5: string
  /** Hex. */
  sha256: string
  /** The status of the response. */
  status?: number
  /** Lower-case names. Always has `content-type`. */
  headers: Record<string, string>
  /** The location and status of a redirect. */
  redirect?: { to: string; status: number }
  /** The route of a page. */
  route?: string
  params?: Record<string, string>
  /** It was not rendered: only the target that the manifest's header names has it. Its file is not in the site. */
  remote?: true
}

export const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0
const isText = (value: unknown) => typeof value === 'string' && value !== ''
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const hasDigits = (value: unknown, digits: RegExp) => typeof value === 'string' && digits.test(value)

/** What the values of a line are checked by. All but `status`, `hashed`, `emitted`, `route`, `params` and `remote` are in each line. */
const valid: Partial<Record<keyof ManifestFile, (value: unknown, file: Record<string, unknown>) => boolean>> =
  {
    key: (value) => typeof value === 'string' && unsafeKey(value) === undefined && !value.startsWith(ownKeys),
    url: isText,
    kind: (value) => value === 'page' || value === 'asset' || value === 'redirect',
    emitted: (value, { kind }) => value === undefined || (value === true && kind === 'asset'),
    size: isCount,
    md5: (value) => hasDigits(value, /^[0-9a-f]{32}$/),
    sha256: (value) => hasDigits(value, /^[0-9a-f]{64}$/),
    status: (value) => value === undefined || isCount(value),
    headers: (value) => isObject(value) && Object.values(value).every((header) => typeof header === 'string'),
    redirect: (value, { kind }) =>
      value === undefined
        ? kind !== 'redirect'
        : isObject(value) && isText(value.to) && URL.canParse(value.to as string, 'http://site.invalid'),
    remote: (value, { kind }) => value === undefined || (value === true && kind !== 'asset'),
  }
const checks = Object.entries(valid)

/**
 * Reads the JSON of a manifest's line.
 * @param path The manifest, which the error names
 */
export function parseLine(line: string, path: string): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw invalidManifest(path, 'a line is not JSON', cause)
  }
}

/** @param where The line, which the error names */
export function assertFile(file: unknown, path: string, where: string): asserts file is ManifestFile {
  if (!isObject(file)) throw invalidManifest(path, `${where} is not an object`)
  for (const [name, isValid] of checks)
    if (!isValid(file[name], file)) throw invalidManifest(path, `${where} has no valid \`${name}\``)
}

export const invalidManifest = (path: string, why: string, cause?: unknown): DistillError =>
  new DistillError('MANIFEST_INVALID', `cannot read the manifest \`${path}\`: ${why}`, {
    hint: 'Run `vite build` again to write a new one.',
    cause,
  })
