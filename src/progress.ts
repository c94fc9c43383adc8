import pc from 'picocolors'
import bytes from 'pretty-bytes'

/** `12 B`, `3.4 kB`, `56 MB` */
export { bytes }

export interface ProgressOptions {
  /** What is being done, a verb: `Uploading`. */
  label: string
  /** The number of things to do. Default: unknown. */
  total?: number
  /** Their bytes in all. Given, rate and time left are computed from bytes. */
  bytes?: number
  /** Shows nothing. Default: false. */
  quiet?: boolean
}

export interface Progress {
  /** Counts `n` more as done, 1 by default, and their bytes. */
  tick(n?: number, bytes?: number): void
  /** Removes the line. Call it on failure too. */
  done(): void
}

/** Milliseconds. Quick work shows nothing: nobody can read a line that vanishes at once. */
const silentFor = 1000
/** Milliseconds between two lines in a log. */
const plainEvery = 10_000

/**
 * Shows the progress of something on stderr: at a terminal after a second one line that updates itself, with the
 * rate and the time left; elsewhere a plain line every ten seconds.
 */
export function createProgress({ label, total, bytes: allBytes, quiet = false }: ProgressOptions): Progress {
  if (quiet) return { tick() {}, done() {} }

  const { stderr } = process
  const live = stderr.isTTY === true && process.env.TERM !== 'dumb'
  const started = Date.now()
  const done = { count: 0, bytes: 0 }
  let drawn = false

  const draw = () => {
    const text = line({ label, total, bytes: allBytes }, done, Date.now() - started)
    // Cut to the terminal's width: a line that wraps can't be redrawn in place.
    stderr.write(live ? `\r\u001B[2K${pc.dim(text.slice(0, (stderr.columns || 80) - 1))}` : `${text}\n`)
    drawn = true
  }
  let timer: NodeJS.Timeout | undefined
  const first = setTimeout(
    () => {
      draw()
      timer = setInterval(draw, live ? 100 : plainEvery).unref()
    },
    live ? silentFor : plainEvery,
  ).unref()

  return {
    tick(n = 1, more = 0) {
      done.count += n
      done.bytes += more
    },
    done() {
      clearTimeout(first)
      clearInterval(timer)
      if (live && drawn) stderr.write('\r\u001B[2K')
    },
  }
}

function line(all: ProgressOptions, done: { count: number; bytes: number }, ms: number): string {
  const of = all.total === undefined ? '' : ` of ${number(all.total)}`
  const parts = [`${all.label} ${number(done.count)}${of}`]
  const [is, end] = all.bytes ? [done.bytes, all.bytes] : [done.count, all.total]
  if (all.bytes) parts.push(`${bytes(done.bytes)} of ${bytes(all.bytes)}`)
  const rate = (is / ms) * 1000
  if (is > 0) {
    const rounded = rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate)
    parts.push(`${all.bytes ? bytes(rate) : number(rounded)}/s`)
  }
  if (is > 0 && end !== undefined && end > is) parts.push(`${duration(((end - is) / rate) * 1000)} left`)
  return parts.join(', ')
}

/** `1,234` */
export const number = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',')

/** `1 page`, `1,234 pages` */
export const count = (n: number, what: string): string => `${number(n)} ${what}${n === 1 ? '' : 's'}`

/** `340 ms`, `2.1 s`, `3 min 5 s` */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
