import { readLines } from '../read-lines.ts'
import type { DistilledUrl } from '../routes/pages.ts'
import type { AskedPage } from './messages.ts'

/** A page of a plan. What is known of its last answer is what a shard asks the app with. */
export interface PlannedPage extends AskedPage {
  /** The page of the last build is kept. `audited`: a shard renders it all the same, to compare the two. */
  kept?: 'kept' | 'audited'
  /** Milliseconds that it took when it was rendered last, if that is known. */
  ms?: number
}

/** Reads the pages of a plan that is whole, many at a time. */
export async function* pagesIn(path: string): AsyncGenerator<PlannedPage[], void, undefined> {
  let left: number | undefined
  for await (const lines of readLines(path)) {
    // The first line is the header. The last one, the checksum, is no page either.
    left ??= (JSON.parse(lines.shift()!) as { pages: number }).pages
    const pages = lines.slice(0, left).map((line) => JSON.parse(line) as PlannedPage)
    left -= pages.length
    yield pages
  }
}

/** The URL and file of every page of a plan. */
export async function urlsOfPlan(path: string): Promise<DistilledUrl[]> {
  const urls: DistilledUrl[] = []
  for await (const pages of pagesIn(path)) for (const { url, key } of pages) urls.push({ url, file: key })
  return urls
}
