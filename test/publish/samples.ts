import type { StoredObject } from '../../src/backends/backend.ts'
import { compareKeys } from '../../src/keys.ts'
import type { DesiredObject } from '../../src/publish/site/objects.ts'
import type { PendingRecord, StateRecord, WrittenRecord } from '../../src/publish/state/record.ts'
import { State } from '../../src/publish/state/state.ts'

export const file = (key: string, more: Partial<DesiredObject> = {}): DesiredObject => ({
  key,
  url: `/${key}`,
  kind: 'page',
  size: 1,
  md5: 'm1',
  sha256: 's1',
  headers: {},
  headersHash: 'h1',
  ...more,
})

export const object = (key: string, more: Partial<StoredObject> = {}): StoredObject => ({
  key,
  size: 1,
  etag: 'e1',
  modified: 1,
  ...more,
})

/** The record of `object(key)`, written from `file(key)`. */
export const record = (key: string, more: Partial<WrittenRecord> = {}): WrittenRecord => ({
  key,
  kind: 'page',
  sha256: 's1',
  headersHash: 'h1',
  etag: 'e1',
  size: 1,
  modified: 1,
  ...more,
})

export const pending = (key: string, replaces: string | null, headersHash = 'h1'): PendingRecord => ({
  key,
  kind: 'page',
  headersHash,
  replaces,
})

export const header = {
  siteId: 'x',
  createdAt: 'then',
  publishedAt: 'now',
  run: 'r',
} as const

export const stateOf = (...records: StateRecord[]) => {
  const sorted = records.sort((a, b) => compareKeys(a.key, b.key))
  return new State({ header, inline: () => sorted })
}
