/** The pages that every tool renders: 8 kB of HTML each, the same in every run. */
export const pageBytes = 8192
export const pages = Number(process.env.BENCH_PAGES ?? 10_000)

/** Some pages change from one edition to the next; their size stays. */
const edition = Number(process.env.BENCH_EDITION ?? 0)
const changing = Math.max(1, Math.floor(pages / Number(process.env.BENCH_CHANGED ?? 20)))
export const versionOf = (i) => (i % changing === 0 ? edition : 0)

const filler = '<p>In large old houses the still room was where somebody distilled lavender.</p>\n'.repeat(
  120,
)
const end = '</body></html>\n'

export function page(i) {
  const begin = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Post ${i}</title></head>
<body><h1>Post ${i}</h1><p>Version ${String(versionOf(i)).padStart(6, '0')}</p>
`
  return begin + filler.slice(0, pageBytes - begin.length - end.length) + end
}

/** The ids of all pages, and their URLs. */
export const ids = Array.from({ length: pages }, (_, i) => String(i))
export const urlOf = (id) => `/posts/${id}/`
