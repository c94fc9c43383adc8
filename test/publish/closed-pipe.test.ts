import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { Project, type Content } from './project.ts'

const bin = fileURLToPath(new URL('../../dist/cli/index.js', import.meta.url))

/** Runs a command line in which `$distill` is the command. Returns the command's own exit code, and the output. */
async function shell(project: Project, line: string) {
  const { stdout, stderr } = await execa('bash', ['-c', `${line}; echo "exit \${PIPESTATUS[0]}" >&2`], {
    cwd: project.root,
    env: { NODE_ENV: undefined, NO_COLOR: '1', distill: `node ${bin}` },
  })
  const [, code] = /exit (\d+)$/.exec(stderr)!
  return { code: Number(code), output: `${stdout}\n${stderr}` }
}

function siteOf(pages: number) {
  const site: Record<string, Content> = { 'index.html': 'home' }
  for (let i = 0; i < pages; i++) site[`posts/a-page-with-a-rather-long-name-${i}/index.html`] = 'page'
  const project = new Project()
  project.build(site)
  return { project, site }
}

/** Its plan is larger than the buffer of a pipe, 64 KiB. */
const large = siteOf(1500)

test.each([
  ['stdout', '$distill publish --dry-run | head -n 1'],
  ['stdout with JSON', '$distill publish --dry-run --json | head -n 1'],
  ['stdout and stderr', '$distill publish --dry-run --json 2>&1 | head -n 1'],
  ['a stdout that nobody reads', '$distill publish --dry-run | true'],
])('a reader that closes %s does not change the exit code', async (_, line) => {
  const { code, output } = await shell(large.project, line)
  expect(code).toBe(0)
  expect(output).not.toMatch(/EPIPE|fault of vite-distill/)
})

test('a publish goes on when the reader of its messages ends', async () => {
  const { project, site } = siteOf(300)
  const { code, output } = await shell(project, '$distill publish 2>&1 | true')
  expect(code).toBe(0)
  expect(output).not.toMatch(/EPIPE|fault of vite-distill/)
  expect(project.published()).toEqual(site)
})

test('a command that fails exits with its own code though nobody reads its messages', async () => {
  const project = new Project()
  const { code, output } = await shell(project, '$distill publish -l info 2>&1 | true')
  expect(code).toBe(2)
  expect(output).not.toMatch(/EPIPE|fault of vite-distill/)
})
