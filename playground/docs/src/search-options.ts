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
  storeFields: ['title', 'page'],
  searchOptions: {
    boost: { title: 4, page: 2 },
    prefix: true,
    fuzzy: (term) => (term.length > 4 ? 0.2 : false),
    combineWith: 'AND',
  },
}
