import type { Options } from 'minisearch'

/** A part of a page with a heading of its own. */
export interface Section {
  /** Its URL. */
  id: string
  title: string
  /** The title of its page. */
  page: string
  text: string
}

/** The same for the index that the server writes and the browser reads. */
export const options: Options<Section> = {
  fields: ['title', 'page', 'text'],
  // `distillCacheKey` is found by `cache key`, too.
  processTerm: (term) =>
    [...new Set([term, ...term.split(/(?<=[a-z])(?=[A-Z])/)])].map((each) => each.toLowerCase()),
  storeFields: ['title', 'page'],
  searchOptions: {
    boost: { title: 4, page: 2 },
    combineWith: 'AND',
    fuzzy: (term) => (term.length > 4 ? 0.2 : false),
    prefix: true,
    processTerm: (term) => term.toLowerCase(),
  },
}
