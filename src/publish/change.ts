export type Action = 'upload' | 'update' | 'headers' | 'keep' | 'delete'

/**
 * - `new`: the target does not have the object
 * - `content`, `headers`: the target's object has other content or other headers
 * - `unknown`: something else wrote the target's object, or there is no record of it
 * - `orphan`: an earlier publish wrote the object, and the site no longer has it
 * - `unchanged`: the target's object is as it should be
 * - `excluded`: left out by `--exclude-assets`
 */
export type Reason = 'new' | 'content' | 'headers' | 'unknown' | 'orphan' | 'unchanged' | 'excluded'

/** What a publish does, or did, about one key. */
export interface Change {
  key: string
  action: Action
  reason: Reason
}
