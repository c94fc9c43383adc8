// The machine and the versions of a measurement.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { bench, repository, work } from './paths.mjs'

const peers = ['hono', 'nitro', '@sveltejs/kit', '@sveltejs/adapter-static', 'astro', 'vue', 'react', 'h3']

const versionIn = (folder, name) =>
  JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version

export function machine() {
  const [, fileSystem] = execFileSync('df', ['--output=fstype', work], { encoding: 'utf8' }).split('\n')
  return {
    date: execFileSync('date', ['-I'], { encoding: 'utf8' }).trim(),
    cores: availableParallelism(),
    cpu: cpus()[0].model,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    disk: fileSystem.trim(),
    os: `${type()} ${release()}`,
    node: process.version,
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: repository,
      encoding: 'utf8',
    }).trim(),
    versions: {
      vite: versionIn(repository, 'vite'),
      ...Object.fromEntries(peers.map((name) => [name, versionIn(bench, name)])),
    },
  }
}
