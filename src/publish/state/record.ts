import type { Encoding } from '../../target-options.ts'
import type { DesiredObject } from '../site/objects.ts'
import type { FileKind } from '../site/site.ts'

/** An object that a publish wrote. */
export interface WrittenRecord {
  key: string
  kind: FileKind
  /** Of the site's file. */
  sha256: string
  /** The hash of the headers that it was stored with; empty where the storage keeps none. */
  headersHash: string
  /** Of the stored object: differs from the file's where that is stored compressed. */
  etag: string
  /** Of the stored object, in bytes. */
  size: number
  /** The date that a listing showed after the write, in milliseconds; `undefined` where none was made. */
  modified?: number
  /** It was not yet found at `publicUrl` as it was published. */
  unverified?: true
  /** It was found at `publicUrl` as it was published, and later otherwise. The next publish uploads it. */
  wrong?: true
  /** How its content is compressed. */
  encoding?: Encoding
  /** The first publish of a site that no longer had it: its number and its time in milliseconds. */
  left?: { deploy: number; at: number }
  /** A publish was about to replace it: if that died, another object in its place may be its own. */
  replacing?: true
  /** A publish of a few pages wrote it since the last release: no release needs it. */
  loose?: true
  /** What the build knows of a page, so that a build without the last site can keep it. */
  page?: string
}

/**
 * An object that a publish is about to write under a key that no publish wrote before. It is recorded before the
 * first upload: if the publish dies, the next one knows that the object may be its own.
 */
export interface PendingRecord {
  key: string
  kind: FileKind
  headersHash: string
  /** The ETag of the unmanaged object under that key, `null` for none. While it is there, nothing was written. */
  replaces: string | null
}

export type StateRecord = WrittenRecord | PendingRecord

export const isWritten = (record: StateRecord | undefined): record is WrittenRecord =>
  record !== undefined && 'sha256' in record

/** What a record has of the object and not of the file. */
export type StoredFacts = Pick<WrittenRecord, 'headersHash' | 'etag' | 'size' | 'modified'>

/** The record of an object that holds a file of the site. */
export function writtenRecord(
  file: DesiredObject,
  { headersHash, etag, size, modified }: StoredFacts,
): WrittenRecord {
  const { key, kind, sha256, encoding, loose } = file
  return withPageOf(file, { key, kind, sha256, headersHash, etag, size, modified, encoding, loose })
}

/** A record with what the build knows of the page now. It is read when the record is written. */
export const withPageOf = (file: DesiredObject, record: WrittenRecord): WrittenRecord => ({
  ...record,
  get page() {
    return file.page
  },
})
