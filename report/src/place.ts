/** What the page shows, as its hash says: `#files?q=post&sort=-size`. */
export interface Place {
  view: string
  query: Readonly<Record<string, string>>
}

export function parsePlace(hash: string): Place {
  const [view = '', query = ''] = hash.replace(/^#/, '').split(/\?(.*)/s)
  return { view, query: Object.fromEntries(new URLSearchParams(query)) }
}

/** Empty values are left out. */
export function formatPlace({ view, query }: Place): string {
  const given = Object.entries(query).filter(([, value]) => value !== '')
  return given.length === 0 ? `#${view}` : `#${view}?${new URLSearchParams(given)}`
}
