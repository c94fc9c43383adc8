import { BackendError, type StoredObject } from './backend.ts'

/** One response to a request for a listing. */
export interface ListedPage {
  objects: StoredObject[]
  /** Asks for the next page; `undefined` or empty after the last one. */
  next: string | undefined
}

/**
 * Lists page after page. A token that comes back is an error: it would list the same pages for ever.
 * @param name the storage's name
 */
export async function* followTokens(
  name: string,
  listPage: (token: string | undefined) => Promise<ListedPage>,
): AsyncGenerator<StoredObject[], void, undefined> {
  const seen = new Set<string>()
  let token: string | undefined
  do {
    const { objects, next } = await listPage(token)
    if (next && seen.has(next))
      throw new BackendError('rejected', `cannot list \`${name}\`: it leads back to a page that was listed`)
    token = next
    if (token) seen.add(token)
    yield objects
  } while (token)
}
