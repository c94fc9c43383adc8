import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { type ForeignApp, foreignApp } from './foreign-app.ts'

const config = (plugins: string, imports = '', more = '') => `import distill from 'vite-distill'
${imports}
export default { plugins: [${plugins} distill({ entry: process.env.ENTRY })], ${more} }
`
const routes = "export const distillRoutes = [{ route: '/' }, { route: '/about' }]"

/** The first code in a section of docs/frameworks.md. */
async function recipe(heading: string): Promise<string> {
  const docs = await readFile(new URL('../../docs/frameworks.md', import.meta.url), 'utf8')
  return new RegExp(`^## ${heading}\n[^]*?\`\`\`ts\n([^]*?)\`\`\``, 'm').exec(docs)![1]!
}

/** Makes the app's files ES modules. */
async function setModule(app: ForeignApp): Promise<void> {
  const manifest = JSON.parse(await app.read('package.json')) as object
  await app.write('package.json', JSON.stringify({ ...manifest, name: 'fixture', type: 'module' }))
}

describe('the entry of an app without Vite', () => {
  let app: ForeignApp
  beforeAll(async () => {
    const packages = ['express@5', 'express-4@npm:express@4', 'koa@3', 'fastify@5', 'elysia@1', 'vite@8']
    app = await foreignApp(undefined, { packages })
    await setModule(app)
    await app.write('vite.config.ts', config(''))
  })

  const build = async (entry: string) => {
    await app.write('src/entry.ts', entry)
    return app.run('vite', ['build'], { env: { ENTRY: 'src/entry.ts' } })
  }
  const pages = async () => [
    await app.read('dist/static/index.html'),
    await app.read('dist/static/about/index.html'),
  ]
  const express = (name: string) => `import express from '${name}'
    const app = express()
    app.use((req, res, next) => setTimeout(next, 1))
    app.get('/', (req, res) => res.send('Home of ${name}'))
    app.get('/about', (req, res) => res.render ? res.type('html').end('About ' + req.originalUrl) : undefined)
    app.get('/broken', async () => { throw new Error('no such luck') })
    export default app`

  it.each([
    ['Express 5', `${express('express')}\n${routes}`, ['Home of express', 'About /about']],
    ['Express 4', `${express('express-4')}\n${routes}`, ['Home of express-4', 'About /about']],
    [
      'Koa',
      `import Koa from 'koa'
      const app = new Koa()
      app.use(async (context) => { context.body = 'Koa ' + context.path })
      export default app.callback()\n${routes}`,
      ['Koa /', 'Koa /about'],
    ],
    [
      'Fastify',
      `import fastify from 'fastify'
      const app = fastify()
      app.get('/*', async (request) => 'Fastify ' + request.url)
      await app.ready()
      export default (req, res) => app.routing(req, res)\n${routes}`,
      ['Fastify /', 'Fastify /about'],
    ],
    [
      'Elysia',
      `import { Elysia } from 'elysia'
      export default new Elysia().get('/*', ({ path }) => 'Elysia ' + path)\n${routes}`,
      ['Elysia /', 'Elysia /about'],
    ],
  ])('%s is distilled', async (_, entry, expected) => {
    expect(await build(entry)).toMatchObject({ exitCode: 0 })
    expect(await pages()).toEqual(expected)
  })

  it('Express says what failed', async () => {
    const listed = "export const distillRoutes = [{ route: '/broken' }, { route: '/nowhere' }]"
    const { exitCode, stderr } = await build(`${express('express')}\n${listed}`)
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/`\/broken`.*\n +no such luck\n +at .*src\/entry\.ts:6:/)
    expect(stderr).toMatch(/`\/nowhere`.*\n +it answered 404/)
  })

  it.each([
    ['Koa', "import Koa from 'koa'\nexport default new Koa()", 'export default app.callback()'],
    ['Fastify', "import fastify from 'fastify'\nexport default fastify()", 'app.routing(req, res)'],
    ['`render`', "export const render = () => '<p>'", 'await render(new URL(request.url).pathname)'],
  ])('%s gets a recipe', async (_, entry, recipe) => {
    const { exitCode, stderr } = await build(entry)
    expect(exitCode).toBe(1)
    expect(stderr).toContain('dist/server/entry.js`')
    expect(stderr).toContain(recipe)
  })
})

it('Vike', async () => {
  const packages = [
    'vike@0.4',
    'vike-react@0.6',
    'react@19',
    'react-dom@19',
    '@vitejs/plugin-react@6',
    'vite@8',
  ]
  const app = await foreignApp(undefined, { packages })
  await app.write(
    'vite.config.ts',
    config('react(), vike(),', "import react from '@vitejs/plugin-react'\nimport vike from 'vike/plugin'"),
  )
  await app.write(
    'pages/+config.ts',
    "import react from 'vike-react/config'\nexport default { extends: [react] }",
  )
  await app.write('pages/index/+Page.tsx', 'export default () => <h1>Home</h1>')
  await app.write('pages/about/+Page.tsx', 'export default () => <h1>About</h1>')
  await app.write('pages/about/+data.ts', 'export const data = () => ({ n: 7 })')
  await app.write('src/entry-server.ts', await recipe('Vike'))
  const { exitCode, stderr } = await app.run('vite', ['build'])
  expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining('INVALID_OPTION')])
  expect(await app.read('dist/static/about/index.html')).toContain('<h1>About</h1>')
  expect(JSON.parse(await app.read('dist/static/about/index.pageContext.json'))).toMatchObject({
    data: { n: 7 },
  })
})

it('React Router', async () => {
  const packages = [
    'react-router@8',
    '@react-router/dev@8',
    '@react-router/node@8',
    'react@19',
    'react-dom@19',
  ]
  const app = await foreignApp(undefined, { packages: [...packages, 'isbot@5', 'vite@8'], node24: true })
  const plugin = ['reactRouter(),', "import { reactRouter } from '@react-router/dev/vite'"] as const
  await app.write('vite.config.ts', config(...plugin))
  await setModule(app)
  await app.write(
    'app/routes.ts',
    "import { index, route } from '@react-router/dev/routes'\nexport default [index('home.tsx'), route('about', 'about.tsx')]",
  )
  await app.write(
    'app/root.tsx',
    `import { Outlet, Scripts } from 'react-router'
    export default () => <html><body><Outlet /><Scripts /></body></html>`,
  )
  await app.write('app/home.tsx', 'export default () => <h1>Home</h1>')
  await app.write(
    'app/about.tsx',
    'export const loader = () => 7\nexport default ({ loaderData }) => <h1>{`About ${loaderData}`}</h1>',
  )
  await app.write('src/entry-server.ts', await recipe('React Router'))
  const unchanged = await app.run('react-router', ['build'])
  expect(unchanged.exitCode).toBe(1)
  expect(unchanged.stderr).toContain('build/server/index.js` is the server build of React Router')
  const input = "environments: { ssr: { build: { rolldownOptions: { input: './src/entry-server.ts' } } } }"
  expect(unchanged.stderr).toContain(input)

  await app.write('vite.config.ts', config(...plugin, input))
  expect(await app.run('react-router', ['build'])).toMatchObject({ exitCode: 0 })
  expect(await app.read('dist/static/about/index.html')).toContain('<h1>About 7</h1>')
  expect(await app.read('dist/static/about.data')).toContain('"data",7')
})
