import { describe, expect, it } from 'vitest'
import { applyEdits } from '../../src/init/edit.ts'
import type { Framework } from '../../src/init/framework.ts'
import { completeEntry } from '../../src/init/server-entry.ts'
import { failureOf } from './edited.ts'

const template = '<head><!--app-head--></head><div id="app"><!--app-html--></div>'
const completed = (
  text: string,
  {
    path = 'src/entry-server.ts',
    framework,
    html = template,
  }: { path?: string; framework?: Framework; html?: string } = {},
) => applyEdits(text, completeEntry(path, text, { framework, template: html }).edits)

it.each([
  "import { routes } from 'vite-distill/app'\nexport default app\n",
  'export default app\nexport const distillRoutes = []\n',
  "app.get('/', home, { meta: { distill: true } })\nexport default app\n",
])('an entry that knows of vite-distill stays as it is', (text) => {
  expect(completed(text)).toBe(text)
})

describe('an entry with a default export gets a list of pages', () => {
  it.each([
    "import { Hono } from 'hono'\nconst app = new Hono()\nexport default app\n",
    "import { Hono } from 'hono'\nconst app = new Hono()\nexport { app as default }\n",
  ])('%j', (text) => {
    expect(completed(text)).toBe(
      text
        .replace("'hono'\n", "'hono'\nimport type { DistillRoute } from 'vite-distill/app'\n")
        .concat(
          "\n/** The pages that `vite build` writes to files. */\nexport const distillRoutes: DistillRoute[] = [{ route: '/' }]\n",
        ),
    )
  })

  it('without types in JavaScript', () => {
    expect(completed('export default { fetch }\r\n', { path: 'server.js' })).toBe(
      "export default { fetch }\r\n\r\n/** The pages that `vite build` writes to files. */\r\nexport const distillRoutes = [{ route: '/' }]\r\n",
    )
  })
})

describe('an entry that exports `render` gets the lines of docs/frameworks.md', () => {
  it('with the URL that it takes', () => {
    const text = 'export async function render(_url: string) {\n  return { html: await page() }\n}\n'
    expect(completed(text)).toBe(`/// <reference types="vite-distill/client" />
import template from 'virtual:distill/template'
import type { DistillRoute } from 'vite-distill/app'
${text}
/** Answers a request with the page, in the template. */
export default async function fetch(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const { html, head = '' }: { html: string; head?: string } = await render(pathname.slice(1) + search)
  const page = template.replace('<!--app-head-->', () => head).replace('<!--app-html-->', () => html)
  return new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } })
}

/** The pages that \`vite build\` writes to files. */
export const distillRoutes: DistillRoute[] = [{ route: '/' }]
`)
  })

  it('after a BOM, with the line ends of Windows', () => {
    const text = '\uFEFFexport const render = () => ({ html: page() })\r\n'
    const after = completed(text)
    expect(after).toMatch(/^\uFEFF\/\/\/ <reference types="vite-distill\/client" \/>\r\nimport template/)
    expect(after.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  })

  it('without one, and with what Solid needs in the head', () => {
    const text = 'export const render = () => ({ html: page() })\n'
    const after = completed(text, { path: 'src/entry-server.jsx', framework: 'solid' })
    expect(after).toContain("import { generateHydrationScript } from 'solid-js/web'\n")
    expect(after).toContain(
      'export default async function fetch() {\n  const { html } = await render()\n  const head = generateHydrationScript()\n',
    )
    expect(completed(after)).toBe(after)
  })
})

it.each([
  ['exports nothing', 'const a = 1\n', 'neither a default nor `render`'],
  ['starts a server', 'createServer().listen(3000)\n', 'neither a default nor `render`'],
  [
    'streams',
    "import { renderToWebStream } from 'vue/server-renderer'\nexport const render = () => ({ html: renderToWebStream(app) })\n",
    'is not understood',
  ],
  ['returns a text', "export const render = () => '<p>'\n", 'is not understood'],
  [
    'returns in two places',
    'export function render() {\n  if (a) return { html: b }\n  return { html: c }\n}\n',
    'is not understood',
  ],
  ['returns something else', 'export const render = () => ({ body: page() })\n', 'is not understood'],
  ['has an error of syntax', 'export function render( {\n', 'cannot be parsed'],
])('an entry that %s is refused', (_, text, why) => {
  expect(failureOf(() => completed(text))).toMatchObject({
    code: 'INIT_REFUSED',
    message: expect.stringContaining(why),
  })
})

it('a template without a place for the page is refused', () => {
  const failure = failureOf(() => completed('export const render = () => page()\n', { html: '<p></p>' }))
  expect(failure.message).toContain('no `<!--app-html-->`')
})
