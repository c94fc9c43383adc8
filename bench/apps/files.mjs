/** The files that every tool publishes: pages of 1 to 4 kB, fifty in a folder, the same in every run. */
export const files = Number(process.env.BENCH_FILES ?? 2000)

/** Twenty files change from one edition to the next, and so does their size. */
const edition = Number(process.env.BENCH_EDITION ?? 0)
const changing = Math.max(1, Math.floor(files / 20))

export const all = Array.from({ length: files }, (_, i) => ({
  group: String(Math.floor(i / 50)),
  file: `p${String(i).padStart(4, '0')}.html`,
}))

export function text(file) {
  const i = Number(file.slice(1, -5))
  const version = i % changing === 0 ? `<!-- ${'edition '.repeat(edition)}-->` : ''
  const body = `<p>Lorem ipsum ${i} dolor sit amet</p>\n`.repeat(25 + ((i * 7) % 75))
  return `<!doctype html><title>Post ${i}</title>${body}${version}`
}
