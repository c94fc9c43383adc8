import pc from 'picocolors'

export interface ProgressOptions {
  /** What is being done, a verb: `Uploading`. */
  label: string
  /** How many there are, where that is known. */
  total?: number
  /** How many bytes there are in all, where that tells more than the number of things. */
  bytes?: number
  /** Says nothing at all. */
  quiet?: boolean
}

export interface Progress {
  /** Counts `n` more as done, 1 by default, and their bytes. */
  tick(n?: number, bytes?: number): void
  /** Clears the line. Call it on failure too. */
  done(): void
}

/** Quick work shows nothing: a line that flashes by only unsettles. */
const silentFor = 1000
/** Where nobody watches, a line now and then shows that it is alive. */
const plainEvery = 10_000

/**
 * Shows how far something is, on stderr: at a terminal one line that updates itself, with the rate and
 * the time left; elsewhere a plain line every ten seconds. Nothing in the first second.
 */
export function createProgress({ label, total, bytes: allBytes, quiet = false }: ProgressOptions): Progress {
  if (quiet) return { tick() {}, done() {} }

  const { stderr } = process
  const live = stderr.isTTY === true && process.env.TERM !== 'dumb'
  const started = Date.now()
  const all: Amount = { count: total, bytes: allBytes }
  const done = { count: 0, bytes: 0 }
  let drawn = false

  const draw = () => {
    const text = line(label, done, all, Date.now() - started)
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

interface Amount {
  count: number | undefined
  bytes: number | undefined
}

function line(label: string, done: { count: number; bytes: number }, all: Amount, ms: number): string {
  const parts = [`${label} ${number(done.count)}${all.count === undefined ? '' : ` of ${number(all.count)}`}`]
  // Bytes tell more than things do, which may be of any size.
  const [is, of] = all.bytes ? [done.bytes, all.bytes] : [done.count, all.count]
  if (all.bytes) parts.push(`${bytes(done.bytes)} of ${bytes(all.bytes)}`)
  const rate = (is / ms) * 1000
  if (is > 0) {
    const rounded = rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate)
    parts.push(`${all.bytes ? bytes(rounded) : number(rounded)}/s`)
  }
  if (is > 0 && of !== undefined && of > is) parts.push(`${duration(((of - is) / rate) * 1000)} left`)
  return parts.join(', ')
}

/** `1,234` */
export const number = (value: number): string => value.toLocaleString('en')

/** `340 ms`, `2.1 s`, `3 min 5 s` */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** `12 B`, `3.4 kB`, `5.6 MB` */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let scaled = value / 1000
  let unit = 0
  // 999.95 would be shown as 1000.0.
  while (scaled >= 999.95 && unit < units.length - 1) {
    scaled /= 1000
    unit++
  }
  return `${scaled.toFixed(1)} ${units[unit]}`
}
