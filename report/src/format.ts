import prettyBytes from 'pretty-bytes'

const numbers = new Intl.NumberFormat('en')

/** `12,345` */
export const formatCount = (count: number): string => numbers.format(count)

/** `12 B`, `3.4 kB`: as the commands print them. */
export const formatBytes = (bytes: number): string => prettyBytes(bytes)

/** `0.4 ms`, `123 ms`, `1.23 s`, `2 min 3 s` */
export function formatMs(ms: number): string {
  if (ms < 9.95) return `${Number(ms.toFixed(1))} ms`
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${Number((ms / 1000).toFixed(ms < 9_995 ? 2 : 1))} s`
  const seconds = Math.round(ms / 1000)
  const rest = seconds % 60
  return `${Math.floor(seconds / 60)} min${rest === 0 ? '' : ` ${rest} s`}`
}

/** `12%`; less than one per cent is `<1%`. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0%'
  const percent = (part / whole) * 100
  return percent < 1 ? '<1%' : `${Math.round(percent)}%`
}

/** `1 page`, `2,000 pages` */
export const formatNoun = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`

/** `2026-01-31 14:05`, in the time zone of who reads it. */
export function formatTime(iso: string): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return iso
  const two = (n: number) => String(n).padStart(2, '0')
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`
}

/** A URL as people read it: `/größe/` for `/gr%C3%B6%C3%9Fe/`. */
export function readableUrl(url: string): string {
  if (!url.includes('%')) return url
  try {
    return decodeURI(url)
  } catch {
    return url
  }
}

/** The parts of a message: what is between backticks is code. */
export const spansOf = (text: string): { text: string; isCode: boolean }[] =>
  text
    .split(/`([^`\n]+)`/)
    .map((text, index) => ({ text, isCode: index % 2 === 1 }))
    .filter(({ text }) => text !== '')
