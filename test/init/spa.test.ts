import { describe, expect, it } from 'vitest'
import { applyEdits } from '../../src/init/edit.ts'
import type { Framework } from '../../src/init/framework.ts'
import { renderOnServer } from '../../src/init/spa.ts'
import { failureOf } from './edited.ts'

const page = (main: string, element = '<div id="app"></div>') =>
  `<!doctype html><html><head></head><body>${element}<script type="module" src="/${main}"></script></body></html>`

/** The files that change, as they are then. */
function converted(
  framework: Framework,
  path: string,
  text: string,
  html = page(path),
): Record<string, string> {
  const { changes } = renderOnServer(html, framework, (file) => (file === path ? text : undefined))
  return Object.fromEntries(
    changes.map((change) => [change.path, applyEdits(change.before ?? '', change.edits)]),
  )
}

describe('the client hydrates', () => {
  it.each<[Framework, string, before: string, after: string]>([
    [
      'vue',
      'src/main.ts',
      "import { createApp } from 'vue'\nimport App from './App.vue'\ncreateApp(App).mount('#app')\n",
      "import { createSSRApp } from 'vue'\nimport App from './App.vue'\ncreateSSRApp(App).mount('#app')\n",
    ],
    [
      'react',
      'src/main.jsx',
      'import { createRoot } from "react-dom/client";\nimport { App } from "./App";\nconst element = document.querySelector("#app");\ncreateRoot(element).render(<App />);\n',
      'import { hydrateRoot } from "react-dom/client";\nimport { App } from "./App";\nconst element = document.querySelector("#app");\nhydrateRoot(element, <App />);\n',
    ],
    [
      'react',
      'src/main.tsx',
      "import { StrictMode } from 'react'\nimport { createRoot } from 'react-dom/client'\nimport App from './App'\n\ncreateRoot(document.getElementById('app')!).render(\n  <StrictMode>\n    <App />\n  </StrictMode>,\n)\n",
      "import { StrictMode } from 'react'\nimport { hydrateRoot } from 'react-dom/client'\nimport App from './App'\n\nhydrateRoot(\n  document.getElementById('app')!,\n  <StrictMode>\n    <App />\n  </StrictMode>,\n)\n",
    ],
    [
      'react',
      'src/main.tsx',
      "import React from 'react'\nimport ReactDOM from 'react-dom/client'\nimport App from './App'\n\nReactDOM.createRoot(document.getElementById('app') as HTMLElement).render(\n  <React.StrictMode>\n    <App />\n  </React.StrictMode>\n)\n",
      "import React from 'react'\nimport ReactDOM from 'react-dom/client'\nimport App from './App'\n\nReactDOM.hydrateRoot(\n  document.getElementById('app') as HTMLElement,\n  <React.StrictMode>\n    <App />\n  </React.StrictMode>\n)\n",
    ],
    [
      'svelte',
      'src/main.js',
      "import { mount } from 'svelte'\nimport './app.css'\nimport App from './App.svelte'\nconst app = mount(App, { target: document.getElementById('app') })\nexport default app\n",
      "import { hydrate } from 'svelte'\nimport './app.css'\nimport App from './App.svelte'\nconst app = hydrate(App, { target: document.getElementById('app') })\nexport default app\n",
    ],
    [
      'solid',
      'src/index.tsx',
      "/* @refresh reload */\nimport { render } from 'solid-js/web'\nimport App from './App'\nconst root = document.getElementById('app')\nrender(() => <App />, root!)\n",
      "/* @refresh reload */\nimport { hydrate } from 'solid-js/web'\nimport App from './App'\nconst root = document.getElementById('app')\nhydrate(() => <App />, root!)\n",
    ],
  ])('%s, %s', (framework, path, before, after) => {
    expect(converted(framework, path, before)[path]).toBe(after)
  })
})

const vue = "import { createApp } from 'vue'\nimport App from './App.vue'\ncreateApp(App).mount('#app')\n"

describe('the server entry', () => {
  it('is beside the client, and imports what that imports', () => {
    expect(converted('vue', 'app/main.ts', vue)['app/entry-server.ts']).toBe(
      `/// <reference types="vite-distill/client" />
import { createSSRApp } from 'vue'
import { renderToString } from 'vue/server-renderer'
import template from 'virtual:distill/template'
import type { DistillRoute } from 'vite-distill/app'
import App from './App.vue'

/** Answers every request with the app, rendered into \`index.html\`. */
export default async function fetch(): Promise<Response> {
  const body = await renderToString(createSSRApp(App))
  const page = template.replace('<div id="app">', (element) => element + body)
  return new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } })
}

/** The pages that \`vite build\` writes to files. */
export const distillRoutes: DistillRoute[] = [{ route: '/' }]
`,
    )
  })

  it('has no types in JavaScript', () => {
    const entry = converted('vue', 'src/main.js', vue)['src/entry-server.js']!
    expect(entry).toContain('export default async function fetch() {')
    expect(entry).not.toMatch(/DistillRoute|reference/)
  })

  it('finds the element by its tag, whatever its quotes', () => {
    const html = page('src/main.ts', "<main class='a' id='app'>\n</main>")
    expect(converted('vue', 'src/main.ts', vue, html)['src/entry-server.ts']).toContain(
      `.replace("<main class='a' id='app'>", (element) => element + body)`,
    )
  })
})

it.each([
  '<script src="/src/main.ts" type="module"></script>',
  "<script type='module' crossorigin src='./src/main.ts'></script>",
  '<script type="module" src="src/main.ts"></script><script src="/other.js"></script>',
])('finds the client in %s', (script) => {
  const html = `<div id="app"></div>${script}`
  expect(Object.keys(converted('vue', 'src/main.ts', vue, html))).toEqual([
    'src/main.ts',
    'src/entry-server.ts',
  ])
})

describe('what is refused', () => {
  it.each<[string, Framework, string]>([
    ['a plugin of the app', 'vue', vue.replace('.mount', '.use(router).mount')],
    ['props', 'vue', vue.replace('(App)', '(App, { a: 1 })')],
    ['other code', 'vue', `${vue}registerServiceWorker()\n`],
    ['another element', 'vue', vue.replace('#app', '.app')],
    ['another component', 'vue', vue.replaceAll('App', 'Root')],
    ['a renamed function', 'vue', vue.replace('{ createApp }', '{ createApp as createApp2 }')],
    ['a function of another package', 'vue', vue.replace("'vue'", "'./vue'")],
    ['a method of a named import', 'vue', vue.replace('createApp(App)', 'createApp.createApp(App)')],
    ['another function of that name', 'vue', vue.replace('{ createApp }', '{ h as createApp }')],
    ['no call', 'vue', "import App from './App.vue'\n"],
    ['an empty file', 'vue', ''],
    [
      'providers',
      'react',
      "import { createRoot } from 'react-dom/client'\nimport App from './App'\ncreateRoot(document.getElementById('app')).render(<Store><App /></Store>)\n",
    ],
    [
      'a comment that would be lost',
      'react',
      "import { createRoot } from 'react-dom/client'\nimport App from './App'\ncreateRoot(document.getElementById('app')).render(/* here */ <App />)\n",
    ],
    [
      'props of a component',
      'svelte',
      "import { mount } from 'svelte'\nimport App from './App.svelte'\nmount(App, { target: document.body, props: {} })\n",
    ],
    [
      'a component with attributes',
      'solid',
      "import { render } from 'solid-js/web'\nimport App from './App'\nrender(() => <App a={1} />, document.getElementById('app'))\n",
    ],
  ])('%s', (_, framework, text) => {
    expect(failureOf(() => converted(framework, 'src/main.jsx', text))).toMatchObject({
      code: 'INIT_REFUSED',
      message: 'nothing was changed: `src/main.jsx` does more than show `App`, or does it in another way',
      hint: expect.stringContaining('docs/guides/spa.md'),
    })
  })

  it.each([
    ['no module', '<div id="app"></div>', 'one module'],
    ['two modules', page('src/main.ts') + page('src/other.ts'), 'one module'],
    ['a module that is not there', page('src/missing.ts'), 'one module'],
    ['no element', page('src/main.ts', ''), 'no empty element'],
    [
      'an element with something in it',
      page('src/main.ts', '<div id="app">Loading</div>'),
      'no empty element',
    ],
    ['two elements', page('src/main.ts', '<p id="app"></p><p id="app"></p>'), 'no empty element'],
  ])('index.html with %s', (_, html, why) => {
    expect(failureOf(() => converted('vue', 'src/main.ts', vue, html)).message).toContain(why)
  })
})
