import { resolve } from 'node:path'
import { defineConfig } from 'vite'
import distill from 'vite-distill'
import { reload } from './reload.ts'

// The app reads the Markdown from the disk, so that a changed text renders one page and not all.
process.env.DOCS_REPOSITORY ??= resolve(import.meta.dirname, '../..')

/** The public address of the site; by default that of `vite preview`. */
const url = process.env.DOCS_URL ?? 'http://localhost:4173/'

export default defineConfig({
  build: { modulePreload: { polyfill: false } },
  plugins: [
    reload(process.env.DOCS_REPOSITORY),
    distill({
      origin: new URL(url).origin,
      sitemap: true,
      publish: {
        // The bucket of the tests. Its credentials are found in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
        's3-test': {
          backend: 's3',
          bucket: process.env.DOCS_S3_BUCKET ?? 'docs',
          endpoint: process.env.DOCS_S3_ENDPOINT,
          publicUrl: url,
        },
      },
    }),
  ],
})
