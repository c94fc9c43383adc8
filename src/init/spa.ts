import { posix } from 'node:path'
import { type Change, newFile } from './edit.ts'
import type { Framework } from './framework.ts'
import { type Mount, readMount } from './mount.ts'
import { refused } from './refused.ts'
import { parseSource } from './source.ts'

const guide = 'https://github.com/vite-distill/vite-distill/blob/main/docs/guides/spa.md'

/** What makes an app of the browser one that a server renders too. */
export interface ServerRendered {
  /** The new server entry, from the root. */
  entry: string
  changes: Change[]
}

/**
 * Adds a server entry beside the client's, which then hydrates.
 * @param html `index.html`
 * @param read Reads a file of the app; undefined if there is none
 * @throws {DistillError} `INIT_REFUSED` if the client is not understood
 */
export function renderOnServer(
  html: string,
  framework: Framework,
  read: (path: string) => string | undefined,
): ServerRendered {
  const byHand = `Write a server entry by hand: ${guide}`
  const [path, ...others] = modulesOf(html)
  const text = path === undefined || others.length > 0 ? undefined : read(path)
  if (path === undefined || text === undefined)
    throw refused('`index.html` does not name one module that is there', byHand)
  const mount = readMount(parseSource(path, text), framework)
  if (!mount) throw refused(`\`${path}\` does more than show \`App\`, or does it in another way`, byHand)
  const elements = [...html.matchAll(/<(\w+)\b[^>]*\bid=["']([\w-]+)["'][^>]*>\s*<\/\1>/g)]
  const [element, ...more] = elements.filter(([, , id]) => id === mount.id)
  if (!element || more.length > 0)
    throw refused(`\`index.html\` has no empty element with the id \`${mount.id}\``, byHand)

  const typed = /\.tsx?$/.test(path)
  const hasJsx = framework === 'react' || framework === 'solid'
  const entry = posix.join(posix.dirname(path), `entry-server.${typed ? 'ts' : 'js'}${hasJsx ? 'x' : ''}`)
  const openingTag = /^<[^>]*>/.exec(element[0])![0]
  const imported = text.slice(mount.component.start, mount.component.end).replace(/;$/, '')
  const lines = entryLines(framework, { ...mount, imported, openingTag, typed })
  return {
    entry,
    changes: [{ path, before: text, edits: mount.edits }, newFile(entry, `${lines.join('\n')}\n`)],
  }
}

/** The modules that `index.html` loads, from the root. */
function modulesOf(html: string): string[] {
  const elements = html.match(/<script\b[^>]*\btype=["']module["'][^>]*>/g) ?? []
  return elements.flatMap((element) => /\bsrc=["'](?:\.?\/)?([^"':]+)["']/.exec(element)?.[1] ?? [])
}

interface Client extends Mount {
  imported: string
  openingTag: string
  typed: boolean
}

/** How each framework renders `App`: its imports, the lines that make `body`, and what goes into the head. */
const rendering: Record<
  Framework,
  (client: Client) => { imports: string[]; lines: string[]; head?: string }
> = {
  vue: () => ({
    imports: ["import { createSSRApp } from 'vue'", "import { renderToString } from 'vue/server-renderer'"],
    lines: ['const body = await renderToString(createSSRApp(App))'],
  }),
  react: ({ jsx }) => ({
    imports: [
      ...(jsx!.includes('StrictMode') ? ["import { StrictMode } from 'react'"] : []),
      "import { renderToString } from 'react-dom/server'",
    ],
    lines: jsx!.includes('StrictMode')
      ? ['const body = renderToString(', '  <StrictMode>', '    <App />', '  </StrictMode>,', ')']
      : ['const body = renderToString(<App />)'],
  }),
  svelte: () => ({
    imports: ["import { render } from 'svelte/server'"],
    lines: ['const { head, body } = render(App)'],
    head: 'head',
  }),
  solid: () => ({
    imports: ["import { generateHydrationScript, renderToStringAsync } from 'solid-js/web'"],
    lines: ['const body = await renderToStringAsync(() => <App />)'],
    head: 'generateHydrationScript()',
  }),
}

function entryLines(framework: Framework, client: Client): string[] {
  const { imported, openingTag, typed } = client
  const { imports, lines, head } = rendering[framework](client)
  const quoted = openingTag.includes("'") ? JSON.stringify(openingTag) : `'${openingTag}'`
  const inBody = `.replace(${quoted}, (element) => element + body)`
  const isAsync = lines.some((line) => line.includes('await '))
  const result = typed ? (isAsync ? ': Promise<Response>' : ': Response') : ''
  const signature = `${isAsync ? 'async ' : ''}function fetch()${result}`
  return [
    ...(typed ? ['/// <reference types="vite-distill/client" />'] : []),
    ...imports,
    "import template from 'virtual:distill/template'",
    ...(typed ? ["import type { DistillRoute } from 'vite-distill/app'"] : []),
    imported,
    '',
    '/** Answers every request with the app, rendered into `index.html`. */',
    `export default ${signature} {`,
    ...lines.map((line) => `  ${line}`),
    ...(head === undefined
      ? [`  const page = template${inBody}`]
      : [
          '  const page = template',
          `    .replace('</head>', (element) => ${head} + element)`,
          `    ${inBody}`,
        ]),
    "  return new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } })",
    '}',
    '',
    '/** The pages that `vite build` writes to files. */',
    `export const distillRoutes${typed ? ': DistillRoute[]' : ''} = [{ route: '/' }]`,
  ]
}
