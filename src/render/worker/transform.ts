import type { PageList } from '../../routes/types.ts'
import { messageOf } from '../../errors.ts'
import type { ResolvedOptions, TransformPage } from '../../options.ts'
import { joinBodies } from '../batch-buffer.ts'
import type { Batch, PageFailure, Rendered } from '../messages.ts'
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
 * Calls the option `transform` with each page of a batch. A page fails if the call throws.
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
      const result = await inTime(called, { what, code: 'PAGES_FAILED', timeout, tell: () => tell(what) })
      if (result === null) {
        dropped.push(page.index)
        continue
      }
      const transformed = toBytes(result?.body) ?? body
      const changed = { ...page, headers: changeHeaders(page.headers, result?.headers) }
      addPageMeta(changed, transformed)
      kept.push(changed)
      bodies.push(transformed)
    } catch (error) {
      if (error instanceof LateError) throw error
      failures.push({
        index: page.index,
        message: `\`transform\` threw: ${messageOf(error)}`,
        error: serializeError(error),
      })
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
  if (body instanceof Uint8Array) return new Uint8Array(body)
  throw new TypeError(`it gave a body that is a ${typeof body}; it must be a string or bytes`)
}
