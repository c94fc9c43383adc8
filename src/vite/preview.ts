import { existsSync } from 'node:fs'
import { NodeRequest, sendNodeResponse } from 'srvx/node'
import type { PreviewServer } from 'vite'
import { readManifest } from '../manifest.ts'
import type { ResolvedOptions } from '../options.ts'
import { website } from './website.ts'

/** `vite preview` shows the site as a bucket's website would, with the headers of its manifest. */
export async function previewSite(
  { middlewares }: PreviewServer,
  { outDir, base, manifestFile }: ResolvedOptions,
): Promise<void> {
  const headers = new Map<string, Record<string, string>>()
  if (existsSync(manifestFile)) {
    for await (const file of (await readManifest(manifestFile)).files()) headers.set(file.key, file.headers)
  }
  const respond = website(outDir, { base, headers: (key) => headers.get(key) })
  middlewares.use((req, res, next) => {
    respond(new NodeRequest({ req, res }))
      .then((response) => sendNodeResponse(res, response))
      .catch(next)
  })
}
