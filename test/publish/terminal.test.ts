import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { blog, Project } from './project.ts'

const bin = fileURLToPath(new URL('../../dist/cli/index.js', import.meta.url))

/** Runs `publish` at a terminal of 80 columns and types an answer once it asks. */
async function publishAtTerminal(project: Project, answer: string) {
  const running = execa('script', ['-qec', `stty cols 80; node ${bin} publish`, '/dev/null'], {
    cwd: project.root,
    reject: false,
    env: { NODE_ENV: undefined, TERM: 'xterm' },
  })
  let shown = ''
  running.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString()
    if (answer !== '' && /Delete this object|Overwrite this unmanaged object/.test(shown)) {
      running.stdin.write(answer)
      answer = ''
    }
  })
  const { exitCode } = await running
  return { exitCode, shown }
}

test.skipIf(!existsSync('/usr/bin/script'))('at a terminal, deletes are asked for', async () => {
  const project = new Project()
  project.build(blog())
  await project.publish()
  const { 'about/index.html': _, ...rest } = blog()
  project.build(rest)

  const no = await publishAtTerminal(project, '\r')
  expect(no.shown).toContain('- about/index.html')
  expect(no.exitCode).toBe(3)
  expect(project.published()).toEqual(blog())

  const yes = await publishAtTerminal(project, 'y')
  expect(yes.exitCode).toBe(0)
  expect(yes.shown).toContain('1 deleted')
  expect(project.published()).toEqual(rest)
})

test.skipIf(!existsSync('/usr/bin/script'))(
  'at a terminal, overwrites of unmanaged objects are asked for',
  async () => {
    const project = new Project()
    project.build(blog())
    mkdirSync(project.www)
    writeFileSync(join(project.www, 'logo.png'), 'mine')

    const no = await publishAtTerminal(project, '\r')
    expect(no.shown).toContain('~ logo.png')
    expect(no.exitCode).toBe(3)
    expect(project.published()).toEqual({ 'logo.png': 'mine' })

    expect((await publishAtTerminal(project, 'y')).exitCode).toBe(0)
    expect(project.published()).toEqual(blog())
  },
)
