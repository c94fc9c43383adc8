// `npm run bench -- render render24 incremental cdn links publish far clouds memory scaling shards report [--rounds 5] [--pages 10000] [--files 2000]`: one or more of these.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { machine } from './machine.mjs'
import { stats } from './measure.mjs'
import { removeFolders, prepareFolders, results } from './paths.mjs'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    /** Rounds of the tools that take half a minute each. */
    'slow-rounds': { type: 'string' },
    pages: { type: 'string', default: '10000' },
    files: { type: 'string', default: '2000' },
    keys: { type: 'string', default: '1000000' },
    /** A regular expression: only entries whose name matches are measured, and no results are written. */
    only: { type: 'string' },
  },
})
const known = [
  'render',
  'render24',
  'incremental',
  'cdn',
  'links',
  'publish',
  'far',
  'clouds',
  'memory',
  'scaling',
  'shards',
  'report',
]
if (positionals.length === 0 || !positionals.every((name) => known.includes(name))) {
  console.error(`usage: npm run bench -- ${known.join(' ')} [--rounds 5] [--pages 10000] [--files 2000]`)
  process.exit(2)
}

prepareFolders()
for (const name of positionals) await runBench(name)
removeFolders()

async function runBench(name) {
  const bench = (await import(`./${name}.mjs`))[name]
  if (name === 'report') return bench()
  console.error(`${name}:`)
  const rounds = Number(values.rounds)
  const result = await bench({
    rounds,
    slowRounds: Number(values['slow-rounds'] ?? Math.min(rounds, 3)),
    pages: Number(values.pages),
    files: Number(values.files),
    keys: Number(values.keys),
    wanted: (entry) => !values.only || new RegExp(values.only).test(entry.name),
  })
  const record = { bench: name, machine: machine(), rounds, ...result }
  if (!values.only) writeFileSync(join(results, `${name}.json`), `${JSON.stringify(record, null, 1)}\n`)
  for (const { name: entry, samples } of result.entries) {
    for (const [metric, numbers] of Object.entries(samples)) {
      const { median, min, max, n } = stats(numbers)
      const shown = [median, min, max].map((value) => value.toFixed(3)).join('  ')
      console.log(`${entry.padEnd(48)} ${metric.padEnd(10)} median, min, max: ${shown}  (${n})`)
    }
  }
}
