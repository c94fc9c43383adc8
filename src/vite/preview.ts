import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import type { Plugin } from 'vite'
import { DistillError } from '../errors.ts'
import { readManifest } from '../manifest.ts'
import type { ResolvedOptions } from '../options.ts'
import { finishInterruptedCommit } from '../staging/staging.ts'

/** `vite preview` serves the site as a bucket's website does, with the headers of its manifest. */
export const previewPlugin = (options: () => ResolvedOptions): Plugin => ({
  name: 'vite-distill:preview',
  enforce: 'post',
  async configurePreviewServer({ middlewares, config: { logger } }) {
    // Every command loads this plugin, and few of them serve.
    const { NodeRequest, sendNodeResponse } = await import('srvx/node')
    const { website } = await import('./website.ts')
    const { root, outDir, base, manifestFile, fallback } = options()
    finishInterruptedCommit(options())
    if (!existsSync(manifestFile)) {
      const site = relative(root, outDir) || outDir
      throw new DistillError('NOT_BUILT', `there is no site in \`${site}\` to preview`, {
        hint: 'Run `vite build` first.',
      })
    }
    const headers = new Map<string, Record<string, string>>()
    const elsewhere = new Set<string>()
    const { header, files } = await readManifest(manifestFile)
    for await (const file of files()) {
      headers.set(file.key, file.headers)
      if (file.remote) elsewhere.add(file.key)
    }
    const { remote } = header
    if (remote && elsewhere.size > 0) {
      const pages = elsewhere.size === 1 ? 'a page of the site is' : `${elsewhere.size} pages of the site are`
      logger.warn(
        `${pages} not here but only in \`${remote.target}\`, and cannot be shown. \`vite-distill render --force\` renders all pages here.`,
      )
    }
    const respond = website(outDir, {
      base,
      headers: (key) => headers.get(key),
      fallback,
      elsewhere: (key) =>
        elsewhere.has(key) ? `This page is not here but only in \`${remote?.target}\`.` : undefined,
    })
    middlewares.use((req, res, next) => {
      respond(new NodeRequest({ req, res }))
        .then((response) => sendNodeResponse(res, response))
        .catch(next)
    })
  },
})
