import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { Project, type Content } from './project.ts'

const texts = 300

const large = (version: string): Record<string, Content> => ({
  'index.html': `home ${version}`,
  ...Object.fromEntries(
    Array.from({ length: texts }, (_, i) => [`${version}/${i}.txt`, `${version} ${i}`.repeat(100)]),
  ),
})

/** The upload that a publish is stopped at. */
const stopAt = 100

/** Begins a publish that waits at an upload. Resolves once it waits there. */
async function startPaused(project: Project) {
  const [paused, resume] = [join(project.root, 'paused'), join(project.root, 'resume')]
  for (const path of [paused, resume]) rmSync(path, { force: true })
  const backends = new URL('../../dist/backends/directory.js', import.meta.url).href
  project.write(
    'paused.config.mjs',
    `import { existsSync, writeFileSync } from 'node:fs'
    import { setTimeout as sleep } from 'node:timers/promises'
    import { directoryBackend } from '${backends}'
    const inner = directoryBackend({ path: '../www' }, import.meta.dirname)
    let uploads = 0
    const backend = {
      ...inner,
      async put(key, source, options) {
        if (!key.startsWith('.vite-distill/') && ++uploads === ${stopAt}) {
          writeFileSync('paused', '')
          while (!existsSync('resume')) await sleep(5)
        }
        return inner.put(key, source, options)
      },
    }
    const publish = { default: { backend, keepAssets: false } }
    export default { plugins: [{ name: 'vite-distill', api: { options: { siteId: 'test', publish } } }] }`,
  )
  const flags = ['--yes', '--json', '--max-deletes', '9999', '--concurrency', '1', '-c', 'paused.config.mjs']
  const running = project.run(['publish', ...flags])
  await vi.waitFor(() => expect(existsSync(paused)).toBe(true), { timeout: 60_000, interval: 5 })
  return { running, resume: () => writeFileSync(resume, '') }
}

async function kill(project: Project) {
  const { running } = await startPaused(project)
  running.kill('SIGKILL')
  expect((await running).signal).toBe('SIGKILL')
}

test('a publish that is killed is finished by the next, even by that of another build', async () => {
  const project = new Project()
  project.build(large('a'))
  await kill(project)
  expect(await project.fail('--yes')).toMatchObject({ exitCode: 6, code: 'LOCKED' })
  expect((await project.run(['unlock'])).stdout).toContain('Removed the lock')
  expect(Object.keys(project.published())).toHaveLength(stopAt - 1)
  expect(existsSync(join(project.www, 'index.html'))).toBe(false)

  project.build(large('b'))
  await kill(project)
  const folders = () => readdirSync(join(project.root, 'dist')).filter((name) => name.includes('publishing'))
  // The first was removed by the publish that found the lock, and by the second.
  expect(folders()).toHaveLength(1)
  await project.run(['unlock'])
  const result = await project.publish('--yes', '--max-deletes', '9999')
  expect(result.counts.delete).toBe(stopAt - 1)
  expect(project.published()).toEqual(large('b'))
  expect(folders()).toEqual([])
})

test('Ctrl-C stops between two requests, records what was done, and deletes nothing', async () => {
  const project = new Project()
  project.build(large('a'))
  await project.publish()
  project.build(large('b'))
  const { running, resume } = await startPaused(project)
  running.kill('SIGINT')
  await new Promise<void>((heard) =>
    running.stderr!.on('data', (chunk: Buffer) => String(chunk).includes('Stopping') && heard()),
  )
  resume()
  const { exitCode, stdout, stderr } = await running
  expect(exitCode).toBe(130)
  expect(JSON.parse(String(stdout))).toMatchObject({ error: { code: 'INTERRUPTED' } })
  expect(stderr).toContain('Stopping as soon as it is safe')
  const published = project.published()
  expect(published).toMatchObject(large('a'))
  expect(Object.keys(published)).toHaveLength(1 + texts + stopAt)

  const result = await project.publish('--yes', '--max-deletes', '9999')
  expect(result.counts).toEqual({
    upload: texts - stopAt,
    update: 1,
    headers: 0,
    keep: stopAt,
    delete: texts,
  })
  expect(project.published()).toEqual(large('b'))
})
