// Runs entries in turns, so that other work on the machine slows all of them alike.
import { spawn, execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { setTimeout } from 'node:timers/promises'

/**
 * Measures each entry once a round.
 * @param entries `{ name, rounds?, before?(), run() }`, where `run` gives `{ metric: number }`
 * @param options.alternate Reverses every other round, so that each of two neighbours is first equally often
 * @returns The same with `samples`, a list of numbers for each metric
 */
export async function measure(entries, rounds, { alternate = false } = {}) {
  const measured = entries.map(({ name }) => ({ name, samples: {}, others: [] }))
  for (let round = 0; round < rounds; round++) {
    const turns = [...entries.entries()]
    if (alternate && round % 2 === 1) turns.reverse()
    for (const [i, { name, rounds: own = rounds, before, run }] of turns) {
      if (round >= own) continue
      await before?.()
      // Flush the writes of earlier runs, so that they do not slow this one.
      execFileSync('sync')
      measured[i].others.push(await othersAtWork())
      const metrics = await run()
      for (const [metric, value] of Object.entries(metrics)) (measured[i].samples[metric] ??= []).push(value)
      const shown = Object.entries(metrics).map(
        ([metric, value]) => `${metric} ${Math.round(value * 1000) / 1000}`,
      )
      console.error(`  round ${round + 1}/${own}  ${name.padEnd(44)} ${shown.join('  ')}`)
    }
  }
  return measured
}

/** The share of the processors that other processes use, measured while the bench is idle. */
async function othersAtWork() {
  const [before, began] = [idleMs(), performance.now()]
  await setTimeout(150)
  const idle = (idleMs() - before) / (performance.now() - began) / cpus().length
  return Math.max(0, 1 - idle)
}

const idleMs = () => cpus().reduce((sum, { times }) => sum + times.idle, 0)

/** Runs a command to its end. Resolves to its seconds and what it printed; rejects where it fails. */
export function run(command, args, { cwd, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const { NODE_ENV: _, AWS_CA_BUNDLE: __, AWS_PROFILE: ___, ...inherited } = process.env
    const began = performance.now()
    const child = spawn(command, args, {
      cwd,
      env: { ...inherited, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (data) => (stdout += data))
    child.stderr.on('data', (data) => (stderr = (stderr + data).slice(-2000)))
    child.on('error', reject)
    child.on('close', (code) => {
      const wall = (performance.now() - began) / 1000
      if (code === 0) resolve({ wall, stdout })
      else
        reject(
          new Error(`${command} ${args.join(' ')} ended with ${code}\n${stdout.slice(-2000)}\n${stderr}`),
        )
    })
  })
}

/** The median, the least and the most of some numbers. */
export function stats(samples) {
  const sorted = samples.toSorted((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  const median = sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
  return { median, min: sorted[0], max: sorted.at(-1), n: sorted.length }
}

/** A reader of one metric's median, with the samples behind it. */
export const reader =
  ({ entries }) =>
  (name, metric = 'wall') => {
    const samples = entries.find((entry) => entry.name === name)?.samples[metric]
    return samples && stats(samples)
  }

/** A reader of the ratio of two neighbouring entries in each round. */
export const pairReader =
  ({ entries }) =>
  (name, than, metric) => {
    const [ours, theirs] = [name, than].map(
      (each) => entries.find((entry) => entry.name === each).samples[metric],
    )
    return stats(ours.map((value, round) => value / theirs[round]))
  }
