import { expect, it } from 'vitest'
import { createApp, viteConfig } from '../app.ts'

const input = (path: string) =>
  `environments: { client: { build: { rolldownOptions: { input: '${path}' } } } }`
const outDirs = (client: string, server: string) =>
  `environments: { client: { build: { outDir: '${client}' } }, ssr: { build: { outDir: '${server}' } } }`

it("the server's code and private files stop the build, wherever they come from", async () => {
  const app = await createApp({
    'src/leak.ts': "import app from './entry-server.ts'\nconsole.log(app)\n",
    'src/raw.ts': "import text from './entry-server.ts?raw'\nconsole.log(text)\n",
    'src/node.ts': "import { readFileSync } from 'node:fs'\nconsole.log(readFileSync)\n",
    'src/url.ts': "console.log(new URL('./entry-server.ts', import.meta.url))\n",
  })
  const holdsEntry = 'holds the server entry `src/entry-server.ts`'
  const cases = [
    [input('src/entry-server.ts'), holdsEntry],
    ["build: { rollupOptions: { input: 'src/entry-server.ts' } }", holdsEntry],
    [input('src/leak.ts'), holdsEntry],
    [input('src/raw.ts'), holdsEntry],
    [`build: { assetsInlineLimit: 0 }, ${input('src/url.ts')}`, holdsEntry],
    [
      `build: { rolldownOptions: { external: ['node:fs'] } }, ${input('src/node.ts')}`,
      'imports `node:fs` of Node',
    ],
    [outDirs('dist/same', 'dist/same'), "`entry-server.js`: the server's code"],
    [outDirs('dist/client', 'dist/client/server'), "`server/entry-server.js`: the server's code"],
  ]
  for (const [more, words] of cases) {
    await app.write({ 'vite.config.ts': viteConfig('{}', more) })
    const { exitCode, output } = await app.vite('build')
    expect([more, exitCode, output]).toEqual([more, 1, expect.stringContaining(words!)])
  }
  await app.write({
    'vite.config.ts': viteConfig('{}'),
    'public/.env': 'KEY=1',
    'public/deep/.git/HEAD': 'x',
  })
  const { exitCode, output } = await app.vite('build')
  expect(exitCode).toBe(1)
  expect(output).toContain('  `.env`: environment variables\n')
  expect(output).toContain('  `deep/.git`: the history of the sources\n')
  expect(await app.files('dist/static')).toEqual([])
})
