import type { ManifestFile } from '../../manifest.ts'
import type { ResolvedOptions } from '../../options.ts'
import type { Headers } from './header-rules.ts'

/** What host files are made from. */
export interface HostedSite extends Pick<ResolvedOptions, 'base' | 'layout' | 'fallback'> {
  /** The files of the manifest, sorted by key, anew at each call. */
  files: () => Iterable<ManifestFile>
  /** The headers that hosts send with every file. */
  shared: Headers
}
