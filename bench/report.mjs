// Writes the results between the markers of docs/performance.md, so that no number is typed by hand.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drawScaling, exponent } from './chart.mjs'
import { pairReader, reader, stats } from './measure.mjs'
import { node, repository, results } from './paths.mjs'
import { targets } from './targets.mjs'

const page = join(repository, 'docs/performance.md')

export function report() {
  const files = readdirSync(results).filter((file) => file.endsWith('.json'))
  const measured = Object.fromEntries(
    files.map((file) => [file.slice(0, -5), JSON.parse(readFileSync(join(results, file), 'utf8'))]),
  )
  const { render, render24, incremental, cdn, links, publish, far, clouds, memory, scaling, shards } =
    measured
  const blocks = {
    machine: machineTable(Object.values(measured).filter(Boolean)),
    targets: targetTable(measured),
    ...(render && renderTables(render)),
    ...(render24 && { 'render-node24': toolTable(render24) }),
    ...(incremental && { incremental: incrementalTable(incremental) }),
    ...(cdn && { cdn: pairTable(cdn, (what) => [what, `${what}, \`cdn.html\``], 'render') }),
    ...(links && { links: pairTable(links, (what) => [`${what}, \`links: false\``, what], 'stage') }),
    ...(publish && publishTables(publish)),
    ...(far && farTables(far)),
    ...(clouds && { clouds: cloudsTable(clouds) }),
    ...(memory && { memory: memoryTable(memory) }),
    ...(scaling && { scaling: scalingTable(scaling) }),
    ...(shards && { shards: shardsTable(shards), steps: stepsTable(shards) }),
  }
  let text = readFileSync(page, 'utf8')
  for (const [name, block] of Object.entries(blocks)) {
    const marked = new RegExp(`(<!-- bench:${name} -->)[^]*?(<!-- /bench -->)`)
    if (!marked.test(text)) throw new Error(`docs/performance.md has no place for ${name}`)
    text = text.replace(marked, (_, begin, end) => `${begin}\n\n${block}\n\n${end}`)
  }
  writeFileSync(page, text)
  if (scaling) writeFileSync(join(repository, 'docs/performance-scaling.svg'), drawScaling(scaling))
  execFileSync(node, [join(repository, 'node_modules/oxfmt/bin/oxfmt'), page], { cwd: repository })
}

const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const seconds = (value) => value.toFixed(value < 1 ? 3 : 2)
const spread = (value) =>
  value ? `${seconds(value.median)} (${seconds(value.min)}–${seconds(value.max)})` : '–'
const ratio = (value, to) => (value && to ? `${(value.median / to.median).toFixed(2)} ×` : '–')

const spreadTimes = ({ median, min, max }) => `${median.toFixed(2)} × (${min.toFixed(2)}–${max.toFixed(2)})`

function machineTable(all) {
  const [{ machine }] = all
  const others = stats(all.flatMap(({ entries }) => entries.flatMap((entry) => entry.others)))
  const facts = table(
    ['', ''],
    [
      ['date', machine.date],
      ['commit', [...new Set(all.map((each) => `\`${each.machine.commit}\``))].join(', ')],
      ['processor', `${machine.cpu}, ${machine.cores} cores`],
      ['memory', machine.memory],
      ['disk', machine.disk],
      ['system', machine.os],
      ['Node', machine.node],
      ...all.flatMap(({ bench, node }) =>
        node && node !== machine.node ? [[`Node of ${bench}`, node]] : [],
      ),
      ...Object.entries(machine.versions),
      ...Object.entries(Object.assign({}, ...all.map(({ tools }) => tools))),
      ['rounds', all.map(({ bench, rounds }) => `${bench}: ${rounds}`).join(', ')],
      [
        'processors in use by others',
        `${percent(others.median)} (${percent(others.min)}–${percent(others.max)})`,
      ],
    ],
  )
  if (others.median < 0.1) return facts
  return `${facts}

**The machine did other work at the same time**: seconds are too high, spread is wide, and what uses both cores shows less than it could. Tools took turns, so that ratios still say something; the fastest runs say most.`
}

const percent = (share) => `${Math.round(100 * share)} %`

function targetTable(measured) {
  const fastest = targets(measured, 'min')
  const mark = ({ met }) => (met ? 'met' : '**missed**')
  return table(
    ['what', 'target', 'by medians', '', 'by the fastest runs', ''],
    targets(measured).map((target, i) => [
      target.what,
      target.target,
      target.got,
      mark(target),
      fastest[i].got,
      mark(fastest[i]),
    ]),
  )
}

const packages = { Hono: 'hono', Nitro: 'nitro', SvelteKit: '@sveltejs/kit', Astro: 'astro' }

/** The tools beside each other on one Node, each with its version. */
function toolTable(result) {
  const of = reader(result)
  const names = [
    'limit',
    'distil stage',
    'vite build',
    'Hono toSSG (its default, 2)',
    'Hono toSSG, concurrency 32',
    'Nitro, concurrency 1',
    'Nitro, concurrency 16',
    'SvelteKit, adapter-static',
    'Astro',
  ]
  const version = (tool) => result.machine.versions[packages[tool]]
  return table(
    [
      `Node ${result.node.slice(1)}`,
      'rendering alone, s',
      'whole process, s',
      'rendering : limit',
      'process : `vite build`',
      'rounds',
    ],
    names
      .filter((name) => of(name))
      .map((name) => {
        const [stage, wall] = [of(name, 'stage'), of(name)]
        return [
          name.replace(/^\w+/, (tool) => (version(tool) ? `${tool} ${version(tool)}` : tool)),
          spread(stage),
          spread(wall),
          ratio(stage, of('limit', 'stage')),
          ratio(wall, of('vite build')),
          wall.n,
        ]
      }),
  )
}

function renderTables(result) {
  const of = reader(result)
  const again = ['distil stage', 'distil stage, unchanged', 'distil stage, 20 pages changed']
  const workers = [
    'cheap pages, workers: 1',
    "cheap pages, workers: 'auto'",
    '2 ms pages, workers: 1',
    "2 ms pages, workers: 'auto'",
  ]
  return {
    render: toolTable(result),
    again: table(
      ['', 's', ': first'],
      [
        ...again.map((name) => [
          name,
          spread(of(name, 'stage')),
          ratio(of(name, 'stage'), of(again[0], 'stage')),
        ]),
        ...['vite build', 'vite build, unchanged'].map((name) => [
          name,
          spread(of(name)),
          ratio(of(name), of('vite build')),
        ]),
      ],
    ),
    workers: table(
      ['', 's', ': one worker'],
      workers.map((name, i) => [
        name,
        spread(of(name, 'stage')),
        ratio(of(name, 'stage'), of(workers[i - (i % 2)], 'stage')),
      ]),
    ),
    frameworks: table(
      ['', 'handler alone, s', 'limit, s', 'distil stage, s', 'stage : handler', 'stage : limit'],
      ['vue', 'react'].map((kind) => {
        const [handler, least, stage] = ['handler alone', 'limit', 'distil stage'].map((name) =>
          of(`${kind}: ${name}`, 'stage'),
        )
        return [
          kind,
          spread(handler),
          spread(least),
          spread(stage),
          ratio(stage, handler),
          ratio(stage, least),
        ]
      }),
    ),
  }
}

function incrementalTable(result) {
  const of = reader(result)
  return table(
    ['', 's', ': first', 'most memory, MB'],
    result.entries.map(({ name }) => {
      const first = `${name.slice(0, name.lastIndexOf(','))}, first`
      const stage = of(name, 'stage')
      return [name, spread(stage), ratio(stage, of(first, 'stage')), megabytes(of(name, 'rss'))]
    }),
  )
}

/**
 * What a step adds, in the same rounds.
 * @param pairOf The names of the entries without the step and with it, of one kind of pages
 */
function pairTable(result, pairOf, metric) {
  const of = reader(result)
  const inRounds = pairReader(result)
  const kinds = new Set(result.entries.map(({ name }) => name.split(', `')[0]))
  return table(
    ['', 'without, s', 'with, s', 'with : without, in the same round'],
    [...kinds].map((what) => {
      const [without, withIt] = pairOf(what)
      return [
        what,
        spread(of(without, metric)),
        spread(of(withIt, metric)),
        spreadTimes(inRounds(withIt, without, metric)),
      ]
    }),
  )
}

function kindsOf(counts) {
  const kinds = Object.entries(counts)
  const total = kinds.reduce((sum, [, count]) => sum + count, 0)
  return `${total}: ${kinds.map(([kind, count]) => `${count} ${kind}`).join(', ')}`
}

const phases = ['first', 'unchanged', '20 changed', 'all touched']

function publishTables(result) {
  const of = reader(result)
  const names = result.entries.map(({ name }) => name).filter((name) => !name.startsWith('start-up'))
  const steps = result.entries.map(({ name }) => name).filter((name) => name.startsWith('start-up'))
  let before = 0
  return {
    publish: table(
      ['s', ...phases, 'first : limit', 'first : hugo', 'rounds'],
      names.map((name) => [
        name,
        ...phases.map((phase) => spread(of(name, phase))),
        ratio(of(name, 'first'), of(names[0], 'first')),
        ratio(of(name, 'first'), of('hugo', 'first')),
        of(name, 'first').n,
      ]),
    ),
    requests: table(
      ['requests', ...phases],
      Object.entries(result.requests).map(([name, counts]) => [
        name,
        ...phases.map((phase) => kindsOf(counts[phase])),
      ]),
    ),
    startup: table(
      ['an unchanged publish', 'up to here, s', 'this step, s'],
      steps.map((name) => {
        const { median } = of(name)
        const step = median - before
        before = median
        return [name.replace('start-up: ', ''), spread(of(name)), seconds(Math.max(step, 0))]
      }),
    ),
  }
}

function farTables(result) {
  const of = reader(result)
  const tableOf = (columns) => {
    const [[place]] = columns
    const names = result.entries.map(({ name }) => name).filter((name) => name.startsWith(`${place}: `))
    return table(
      ['s', ...columns.map(([place, phase]) => (phase === 'first' ? place : `${phase}, 50 ms`)), 'rounds'],
      names.map((name) => {
        const tool = name.slice(place.length + 2)
        const cells = columns.map(([place, phase]) => spread(of(`${place}: ${tool}`, phase)))
        return [tool, ...cells, of(name, 'first').n]
      }),
    )
  }
  const first = (load, distances) => distances.map((ms) => [`${load}, ${ms} ms`, 'first'])
  return {
    far: tableOf([
      ...first('small files', [20, 50, 80]),
      ...['unchanged', '20 changed'].map((phase) => ['small files, 50 ms', phase]),
    ]),
    'far-large': tableOf([...first('20 of 5 MB', [20, 50, 80]), ...first('one of 500 MB', [50])]),
  }
}

function cloudsTable(result) {
  const of = reader(result)
  return table(
    [
      '',
      'requests, first',
      'unchanged',
      'processor time, s, first',
      'unchanged',
      'the difference, ms a file',
    ],
    result.entries.map(({ name }) => {
      const [first, unchanged] = ['first', 'unchanged'].map((phase) => of(name, phase))
      const counts = result.requests[name]
      return [
        name,
        kindsOf(counts.first),
        kindsOf(counts.unchanged),
        spread(first),
        spread(unchanged),
        ((1000 * (first.median - unchanged.median)) / result.files).toFixed(2),
      ]
    }),
  )
}

const megabytes = (value) => `${Math.round(value.median)} (${Math.round(value.min)}–${Math.round(value.max)})`

const memoryTable = ({ entries }) =>
  table(
    ['', 'most memory, MB', 's'],
    entries.map(({ name, samples }) => [name, megabytes(stats(samples.rss)), spread(stats(samples.stage))]),
  )

function scalingTable({ entries }) {
  const row = ({ name, count, samples }) => [
    `${count.toLocaleString('en')} ${name}`,
    spread(stats(samples.stage)),
    ((stats(samples.stage).median / count) * 1e6).toFixed(0),
    megabytes(stats(samples.rss)),
  ]
  const fits = ['pages rendered', 'keys planned'].map((name) => [
    `exponent of ${name}`,
    exponent(entries, name, 'stage').toFixed(2),
    '',
    exponent(entries, name, 'rss').toFixed(2),
  ])
  return table(['', 's', 'µs each', 'most memory, MB'], [...entries.map(row), ...fits])
}

function shardsTable(result) {
  const of = reader(result)
  const inRounds = pairReader(result)
  return table(
    [
      '',
      'added up, s',
      ': one machine, in the same round',
      'processor time, s',
      ': one machine, in the same round',
      'merge, s',
    ],
    ['one machine', '1 shard', '2 shards', '4 shards'].map((name) => [
      name,
      spread(of(name)),
      spreadTimes(inRounds(name, 'one machine', 'wall')),
      spread(of(name, 'cpu')),
      spreadTimes(inRounds(name, 'one machine', 'cpu')),
      spread(of(name, 'merge')),
    ]),
  )
}

const stepsTable = ({ entries, counts }) =>
  table(
    ['', 's', 'processor time, s', 'most memory, MB', 'file, bytes a page'],
    entries
      .filter(({ name }) => counts[name])
      .map(({ name, samples }) => [
        name,
        spread(stats(samples.wall)),
        spread(stats(samples.cpu)),
        megabytes(stats(samples.rss)),
        samples.bytes ? (stats(samples.bytes).median / counts[name]).toFixed(0) : '–',
      ]),
  )
