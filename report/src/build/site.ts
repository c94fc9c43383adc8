import type { BuildReport, ReportFile } from '../../../src/report/data.ts'

/** A build's files, to look up. What takes a walk over all of them is made when it is asked for. */
export interface Site {
  fileOf(key: string): ReportFile | undefined
  /** The files that it links to. */
  linksOf(file: ReportFile): ReportFile[]
  /** The files that link to it. */
  referrersOf(file: ReportFile): ReportFile[]
}

export function createSite({ files }: Pick<BuildReport, 'files'>): Site {
  let indexes: Map<string, number> | undefined
  let inbound: Inbound | undefined
  const indexOf = (key: string) => {
    indexes ??= new Map(files.map((file, index) => [file.key, index]))
    return indexes.get(key)
  }
  const at = (index: number) => files[index] ?? []
  return {
    fileOf(key) {
      const index = indexOf(key)
      return index === undefined ? undefined : files[index]
    },
    linksOf: ({ links = [] }) => links.flatMap(at),
    referrersOf(file) {
      const index = indexOf(file.key)
      if (index === undefined) return []
      inbound ??= invert(files)
      return Array.from(inbound.sources.subarray(inbound.starts[index], inbound.starts[index + 1])).flatMap(
        at,
      )
    },
  }
}

/** The files that link to file `i` are `sources[starts[i]]` to before `sources[starts[i + 1]]`. */
interface Inbound {
  starts: Uint32Array
  sources: Uint32Array
}

function invert(files: readonly ReportFile[]): Inbound {
  const starts = new Uint32Array(files.length + 1)
  const each = (take: (from: number, to: number) => void) =>
    files.forEach(({ links = [] }, from) => {
      for (const to of links) if (to < files.length) take(from, to)
    })
  each((_, to) => starts[to + 1]!++)
  for (let index = 0; index < files.length; index++) starts[index + 1]! += starts[index]!
  const sources = new Uint32Array(starts[files.length]!)
  const next = starts.slice()
  each((from, to) => {
    sources[next[to]!++] = from
  })
  return { starts, sources }
}
