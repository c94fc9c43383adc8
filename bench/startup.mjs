// The steps of a publish before its first request, in order: `node startup.mjs <number of steps>`.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const repository = join(import.meta.dirname, '..')
const dist = (path) => import(pathToFileURL(join(repository, 'dist', path)).href)
const require = createRequire(join(repository, 'package.json'))

const steps = [
  () => Promise.all(['cli/session.js', 'cli/publish.js'].map(dist)),
  () => import(pathToFileURL(join(repository, 'node_modules/vite/dist/node/index.js')).href),
  async () => (await dist('vite/load-options.js')).loadOptions({}),
  () => import(pathToFileURL(require.resolve('@aws-sdk/client-s3')).href),
]
for (const step of steps.slice(0, Number(process.argv[2]))) await step()
process.exit()
