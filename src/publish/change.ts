export type Action = 'upload' | 'update' | 'headers' | 'keep' | 'delete'

/**
 * - `new`: the target does not have the object
 * - `content`, `headers`: the target's object has other content or other headers
 * - `unknown`: something else wrote the target's object, nobody recorded its headers, or it was not served as published
 * - `unmanaged`: another object is there that no publish wrote
 * - `orphan`: an earlier publish wrote the object, and the site no longer has it
 * - `unchanged`: the target's object is as it should be
 * - `excluded`: left out by `--exclude-assets`
 */
export type Reason =
  | 'new'
  | 'content'
  | 'headers'
  | 'unknown'
  | 'unmanaged'
  | 'orphan'
  | 'unchanged'
  | 'excluded'

/** What a publish does, or did, about one key. */
export interface Change {
  key: string
  action: Action
  reason: Reason
}
