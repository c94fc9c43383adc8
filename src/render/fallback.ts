import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BuildRecord } from '../build-record.ts'
import { htmlType } from '../content-type.ts'
import { DistillError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { editBodies } from './batch-buffer.ts'
import type { GeneratedFile } from './manifest-entry.ts'
import { type PageTagging, createPageTagger } from './page-tagger.ts'

/**
 * Checks that the client has a template for the option `fallback`.
 * @throws {DistillError} `OPTION_INVALID`
 */
export function checkFallback({ client }: Required<BuildRecord>, { fallback }: ResolvedOptions): void {
  if (fallback === undefined || existsSync(templateOf(client))) return
  throw new DistillError(
    'OPTION_INVALID',
    `\`fallback\` is \`${fallback}\`, and the client's build has no \`index.html\` to make it from`,
    { hint: 'Add an `index.html` that loads the app, or remove the option.' },
  )
}

/** The file of the option `fallback`: the client's `index.html`, with the cache-busting tags that pages get. */
export function fallbackFile(
  { client }: Required<BuildRecord>,
  { fallback }: ResolvedOptions,
  tagging: PageTagging | undefined,
): GeneratedFile[] {
  if (fallback === undefined) return []
  const headers = { 'content-type': htmlType }
  const body = new Uint8Array(readFileSync(templateOf(client)))
  const edits = tagging ? createPageTagger(tagging)({ key: fallback, headers }, body) : []
  const { bytes, ends } = editBodies({ bytes: body, ends: [body.byteLength] }, [edits])
  return [{ key: fallback, kind: 'page', status: 200, headers, bytes: bytes.subarray(0, ends[0]) }]
}

const templateOf = (client: string) => join(client, 'index.html')
