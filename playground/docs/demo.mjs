// Writes demo.txt, which the home page shows: what the demo prints the first time. `npm run build` comes first.
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const repository = join(import.meta.dirname, '../..')
for (const folder of ['dist', 'www'])
  rmSync(join(repository, 'playground/blog', folder), { recursive: true, force: true })

// One file of both streams, in the order in which a terminal shows them.
const { status, stdout } = spawnSync('node playground/demo.mjs 2>&1', {
  shell: true,
  cwd: repository,
  encoding: 'utf8',
  env: { ...process.env, NO_COLOR: '1', CI: '' },
  stdio: ['ignore', 'pipe', 'inherit'],
})
if (status !== 0) throw new Error(stdout)
writeFileSync(
  join(import.meta.dirname, 'demo.txt'),
  `${stdout.trim().replaceAll(repository, '~/vite-distill')}\n`,
)
