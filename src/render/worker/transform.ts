import type { PageList } from '../../routes/types.ts'
import { messageOf } from '../../errors.ts'
import { isObject } from '../../option-schema.ts'
import type { ResolvedOptions, TransformPage } from '../../options.ts'
import { joinBodies } from '../batch-buffer.ts'
import type { Batch, PageFailure, Rendered } from '../messages.ts'
import { PageError } from '../page-error.ts'
import { serializeError } from '../serialize-error.ts'
import { LateError, inTime } from '../waiting.ts'
import { addPageMeta } from './page-meta.ts'

export interface Transformed {
  batch: Batch
  /** Indexes of the pages that `transform` left out. */
  dropped: number[]
  failures: PageFailure[]
}

/**
 * Calls the option `transform` with each page of a batch. A page fails if the call throws or returns something else.
 * @param tell Called with what is waited for if a call takes long
 * @throws {LateError} if a call takes longer than `timeout`: the calls of the other pages may never end either
 */
export async function transformBatch(
  { pages, ends, bytes }: Batch,
  list: PageList,
  transform: NonNullable<ResolvedOptions['transform']>,
  timeout: number,
  tell: (what: string) => void,
): Promise<Transformed> {
  const kept: Batch['pages'] = []
  const bodies: Uint8Array[] = []
  const dropped: number[] = []
  const failures: PageFailure[] = []
  for (const [i, page] of pages.entries()) {
    const body = bytes.subarray(ends[i - 1] ?? 0, ends[i])
    try {
      const what = `the option \`transform\` for page \`${list.pages[page.index]!.url}\``
      const called = transform(transformPage(page, body, list))
      const options = { what, code: 'PAGES_FAILED', timeout, tell: () => tell(what) } as const
      const result = readResult(await inTime(called, options))
      if (result === null) {
        dropped.push(page.index)
        continue
      }
      const transformed = toBytes(result.body) ?? body
      const changed = { ...page, headers: changeHeaders(page.headers, result.headers) }
      addPageMeta(changed, transformed)
      kept.push(changed)
      bodies.push(transformed)
    } catch (error) {
      if (error instanceof LateError) throw error
      const failure =
        error instanceof PageError
          ? { message: error.message }
          : { message: `\`transform\` threw: ${messageOf(error)}`, error: serializeError(error) }
      failures.push({ index: page.index, ...failure })
    }
  }
  return { batch: { type: 'batch', pages: kept, ...joinBodies(bodies) }, dropped, failures }
}

function transformPage(
  { index, key, status, headers }: Rendered,
  body: Uint8Array,
  { pages, routes }: PageList,
): TransformPage {
  const { url, route, params = {} } = pages[index]!
  return {
    url,
    file: key,
    route: routes[route]!.route,
    params,
    status,
    headers,
    body,
    text: () => new TextDecoder().decode(body),
  }
}

interface Changes {
  body?: string | Uint8Array
  headers?: Record<string, string | undefined>
}

/** Checks what `transform` returned: a mistake must not keep the page as it was in silence. */
function readResult(result: unknown): Changes | null {
  if (result === null) return null
  if (result === undefined) return {}
  if (!isObject(result))
    throw new PageError(`\`transform\` returned ${kindOf(result)}; it must return ${mayReturn}`)
  const names = Object.keys(result)
  if (names.length > 0 && !('body' in result) && !('headers' in result)) {
    const has = names.map((name) => `\`${name}\``).join(', ')
    throw new PageError(`\`transform\` returned an object with ${has}; it must return ${mayReturn}`)
  }
  const { body, headers } = result
  if (body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array))
    throw new PageError(`\`transform\` returned a body that is ${kindOf(body)}; it must be a string or bytes`)
  return { body, headers: readHeaders(headers) }
}

const mayReturn = '`{ body, headers }`, `null` to leave the page out, or nothing to keep it as it is'

function readHeaders(given: unknown): Changes['headers'] {
  if (given === undefined) return {}
  const headers = given instanceof Headers ? Object.fromEntries(given) : given
  if (!isObject(headers))
    throw new PageError(`\`transform\` returned headers that are ${kindOf(given)}; they must be an object`)
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || typeof value === 'string') continue
    throw new PageError(
      `\`transform\` returned a header \`${name}\` that is ${kindOf(value)}; it must be a string, or \`undefined\` to remove it`,
    )
  }
  return headers as Changes['headers']
}

/** What came, without its content: it may be a whole page. */
const kindOf = (value: unknown): string =>
  value === null || typeof value === 'boolean'
    ? `\`${value}\``
    : typeof value === 'object'
      ? `an object (\`${value.constructor?.name ?? 'Object'}\`)`
      : `a ${typeof value}`

function changeHeaders(
  headers: Rendered['headers'],
  changes: Readonly<Record<string, string | undefined>> = {},
): Rendered['headers'] {
  const changed = { ...headers }
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete changed[name.toLowerCase()]
    else changed[name.toLowerCase()] = value
  }
  return changed
}

function toBytes(body: string | Uint8Array | undefined): Uint8Array | undefined {
  if (body === undefined) return undefined
  if (typeof body === 'string') return Buffer.from(body)
  // A copy: `transform` may use its memory again for the next page.
  return new Uint8Array(body)
}
