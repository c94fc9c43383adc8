// What `cdn: { html: true }` adds to distilling 10,000 pages of 8 kB, as a ratio: `node bench/cdn-html.mjs [rounds] [pages]`.
// The pages are made of strings, which is the least that rendering can cost: with a framework the share is smaller.
// Each has six files to tag, the last of them near its end, among some 350 tags.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createBuilder } from 'vite'
import distillPlugin from '../dist/index.js'
import { resolveOptions } from '../dist/options.js'
import { requireBuild } from '../dist/render/build-record.js'
import { distill } from '../dist/render/distill.js'

const rounds = Number(process.argv[2] ?? 5)
const pages = Number(process.argv[3] ?? 10_000)
const repository = fileURLToPath(new URL('..', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'vite-distill-bench-'))

const write = (path, text) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'))
write('package.json', '{ "name": "bench", "type": "module" }')
for (let i = 0; i < 20; i++) write(`public/img/${i}.jpg`, `image ${i}`)
write('public/favicon.svg', '<svg/>')
write(
  'src/entry-server.ts',
  `const paragraph = (n: number) => \`<p>\${'In <em>large</em> old houses the <a href="/tags/room/">still room</a> was where somebody distilled &amp; dried. '.repeat(6)}</p>
\${n % 3 === 0 ? \`<figure><img src="/img/\${n}.jpg" width="640" height="400" alt="A still" loading="lazy"><figcaption>The still</figcaption></figure>\` : ''}\`
const page = (i: number) => {
  let html = '<!doctype html><html><head><meta charset="utf-8"><title>Post ' + i + '</title><link rel="icon" href="/favicon.svg"></head><body><nav><a href="/">Home</a><a href="/about/">About</a></nav><main>'
  for (let n = 0; n < 13; n++) html += paragraph(n)
  return html + '</main><footer><a href="/posts/' + (i + 1) + '/">Older</a></footer></body></html>'
}
export default (request: Request) =>
  new Response(page(Number(request.url.split('/').at(-2))), { headers: { 'content-type': 'text/html' } })
export const distillRoutes = [
  { route: '/posts/:id/', distillParams: () => Array.from({ length: ${pages} }, (_, i) => i) },
]`,
)

// One thread, so that both are rendered alike.
const optionsOf = (html) => ({
  outDir: `dist/${html ? 'tagged' : 'plain'}`,
  cdn: { tag: 'v1', html },
  workers: 1,
})
const resolved = (html) => resolveOptions(optionsOf(html), { root, base: '/' })

process.chdir(root)
process.env.NODE_ENV = 'production'
const builder = await createBuilder({
  root,
  configFile: false,
  logLevel: 'error',
  plugins: [distillPlugin(optionsOf(true))],
})
await builder.buildApp()
const files = requireBuild(resolved(true))

async function run(html) {
  const options = resolved(html)
  rmSync(options.outDir, { recursive: true, force: true })
  rmSync(options.manifestFile, { force: true })
  const before = process.cpuUsage()
  const { renderMs } = await distill({ options, build: files, env: process.env, quiet: true })
  const { user, system } = process.cpuUsage(before)
  return { wall: renderMs, cpu: (user + system) / 1000 }
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
/** On a machine with other work, the fastest run is the one that says most. */
const fastest = (values) => Math.min(...values)
const runs = { plain: [], tagged: [] }
await run(false)
await run(true)
for (let round = 0; round < rounds; round++) {
  // In turns, so that whatever else the machine does is done to both.
  runs.plain.push(await run(false))
  runs.tagged.push(await run(true))
}
for (const measure of ['wall', 'cpu']) {
  for (const pick of [median, fastest]) {
    const [plain, tagged] = [runs.plain, runs.tagged].map((list) => pick(list.map((each) => each[measure])))
    console.log(
      `${measure.padEnd(4)}  ${pick.name.padEnd(7)}  plain ${plain.toFixed(0)} ms  tagged ${tagged.toFixed(0)} ms  ratio ${(tagged / plain).toFixed(3)}`,
    )
  }
}
rmSync(root, { recursive: true })
