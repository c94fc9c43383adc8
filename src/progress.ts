import pc from 'picocolors'

export interface ProgressOptions {
  /** What is being done, a verb: `Uploading`. */
  label: string
  /** How many there are, where that is known. */
  total?: number
  /** Says nothing at all. */
  quiet?: boolean
}

export interface Progress {
  /** Counts `n` more as done; 1 by default. */
  tick(n?: number): void
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
export function createProgress({ label, total, quiet = false }: ProgressOptions): Progress {
  if (quiet) return { tick() {}, done() {} }

  const { stderr } = process
  const live = stderr.isTTY === true && process.env.TERM !== 'dumb'
  const started = Date.now()
  let count = 0
  let drawn = false

  const draw = () => {
    const text = line(label, count, total, Date.now() - started)
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
    tick(n = 1) {
      count += n
    },
    done() {
      clearTimeout(first)
      clearInterval(timer)
      if (live && drawn) stderr.write('\r\u001B[2K')
    },
  }
}

function line(label: string, count: number, total: number | undefined, ms: number): string {
  const rate = (count / ms) * 1000
  const parts = [`${label} ${number(count)}${total === undefined ? '' : ` of ${number(total)}`}`]
  if (count > 0) parts.push(`${number(rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate))}/s`)
  if (count > 0 && total !== undefined && total > count)
    parts.push(`${duration(((total - count) / rate) * 1000)} left`)
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
