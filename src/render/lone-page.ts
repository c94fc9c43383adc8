import { DistillError, messageOf } from '../errors.ts'
import type { DistillOptions } from '../options.ts'
import { captureErrors } from '../routes/captured-errors.ts'
import type { App } from '../routes/entry.ts'
import type { PageList } from '../routes/types.ts'
import { joinBodies } from './batch-buffer.ts'
import { type FileEntry, pageFile } from './manifest-entry.ts'
import type { Batch } from './messages.ts'
import { PageError } from './page-error.ts'
import { type TagPage, tagBatch } from './page-tagger.ts'
import { withStack } from './serialize-error.ts'
import type { Addresses } from './response.ts'
import { renderPage } from './worker/page.ts'
import { transformBatch } from './worker/transform.ts'

/** What changes a page, besides the app. */
export interface LonePageSettings {
  addresses: Addresses
  /** Milliseconds for all of it. */
  timeout: number
  transform: DistillOptions['transform']
  /** Adds the tags of the option `cdn.html`. */
  tagPage: TagPage | undefined
}

/**
 * Renders a page in the process of the app, by the steps of a build.
 * @param list Has only this page
 * @returns The file without its `base`, or `undefined` if `transform` left it out
 * @throws {DistillError} `PAGES_FAILED`
 */
export async function renderLonePage(
  entry: App,
  list: PageList,
  settings: LonePageSettings,
): Promise<{ file: FileEntry; bytes: Uint8Array } | undefined> {
  const { timeout } = settings
  let timer: NodeJS.Timeout | undefined
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new PageError(`it took longer than \`timeout\`, ${timeout} ms`)), timeout)
  })
  expired.catch(() => {})
  try {
    return await Promise.race([renderSteps(entry, list, settings, expired), expired])
  } catch (error) {
    const cause = error instanceof PageError ? error.cause : error
    throw new DistillError('PAGES_FAILED', `page \`${list.pages[0]!.url}\`: ${messageOf(error)}`, { cause })
  } finally {
    clearTimeout(timer)
  }
}

async function renderSteps(
  entry: App,
  list: PageList,
  { addresses, timeout, transform, tagPage }: LonePageSettings,
  expired: Promise<never>,
): Promise<{ file: FileEntry; bytes: Uint8Array } | undefined> {
  let batch = await requestPage(entry, list, addresses, expired)
  if (transform) {
    const { batch: transformed, failures } = await transformBatch(batch, list, transform, timeout, () => {})
    for (const { message, error } of failures) throw failed(message, error && withStack(message, error.stack))
    batch = transformed
  }
  if (tagPage) batch = tagBatch(batch, tagPage)
  const [page] = batch.pages
  return page && { file: pageFile(page, list), bytes: batch.bytes.subarray(0, batch.ends[0]) }
}

/** The page as the app gives it, in a batch of its own. */
async function requestPage(
  entry: App,
  { pages, routes }: PageList,
  addresses: Addresses,
  expired: Promise<never>,
): Promise<Batch> {
  let batch: Batch | undefined
  let cause: unknown
  const thrownFor = captureErrors(entry.app, { silent: false })
  const { failure } =
    (await renderPage(
      { index: 0, page: pages[0]!, route: routes[0]! },
      {
        app: {
          fetch: (request) => entry.fetch(request),
          thrownFor: (request) => (cause = thrownFor(request)),
        },
        addresses,
        sink: {
          add(page, body) {
            batch = { type: 'batch', pages: [page], ...joinBodies([Buffer.from(body as Uint8Array)]) }
          },
          // So that no body goes out in parts.
          holdsWhole: () => true,
          part: unused,
          end: unused,
          // It was not asked whether it changed.
          unmodified: unused,
        },
      },
      () => expired,
    )) ?? {}
  if (!failure) return batch!
  const { message, error } = failure
  throw failed(message, cause ?? (error && withStack(error.message, error.stack)))
}

const unused = (): never => {
  throw new Error('a page went another way than `add`')
}

/** @param cause What the app or `transform` threw */
function failed(message: string, cause: unknown): PageError {
  const error = new PageError(message)
  if (cause !== undefined) error.cause = cause
  return error
}
