// The targets, and whether the results meet them.
import { exponent } from './chart.mjs'
import { pairReader, reader } from './measure.mjs'

/**
 * `{ what, target, got, met }` for each target that was measured.
 * @param by Which run counts: `median`, or `min` for the fastest, which other work disturbs least
 */
export function targets(
  { render, render24, incremental, cdn, links, publish, far, memory, scaling, shards },
  by = 'median',
) {
  return [
    ...(render ? renderTargets(valuesOf(render, by)) : []),
    ...(render24 ? toolTargets(valuesOf(render24, by), ', Node 24') : []),
    ...(incremental ? incrementalTargets(incremental, valuesOf(incremental, by)) : []),
    ...(cdn ? cdnTargets(cdn, by) : []),
    ...(links ? linksTargets(links, by) : []),
    ...(memory ? memoryTargets(memory, valuesOf(memory, by)) : []),
    ...(publish ? publishTargets(publish, valuesOf(publish, by)) : []),
    ...(far ? farTargets(far, valuesOf(far, by)) : []),
    ...(scaling ? scalingTargets(scaling, by) : []),
    ...(shards ? shardsTargets(shards, by) : []),
  ]
}

function valuesOf(result, by) {
  const of = reader(result)
  return (name, metric) => of(name, metric)?.[by]
}

const times = (value) => `${value.toFixed(2)} ×`
const atMost = (what, of, value, most) => ({
  what,
  target: `at most ${most} × ${of}`,
  got: times(value),
  met: value <= most,
})
const faster = (what, than, value, least) => ({
  what,
  target: least === 1 ? `faster than ${than}` : `at least ${least} × faster than ${than}`,
  got: `${value.toFixed(2)} × faster`,
  met: value >= least,
})

/** What the tools of the table have to meet, each beside the others on the same Node. */
function toolTargets(of, where = '') {
  const stage = (name) => of(name, 'stage')
  const build = of('vite build')
  const hono = Math.min(...['Hono toSSG (its default, 2)', 'Hono toSSG, concurrency 32'].map(stage))
  const than = (peer, seconds, least) => faster(`whole \`vite build\`${where}`, peer, seconds / build, least)
  return [
    atMost(`distil stage, fresh${where}`, 'the limit', stage('distil stage') / stage('limit'), 1.2),
    than("Hono's `toSSG` alone", hono, 1),
    than('Nitro at 16', of('Nitro, concurrency 16'), 2),
    ...['SvelteKit, adapter-static', 'Astro'].flatMap((peer) =>
      of(peer) ? [than(peer.split(',')[0], of(peer), 3)] : [],
    ),
  ]
}

function renderTargets(of) {
  const stage = (name) => of(name, 'stage')
  return [
    ...toolTargets(of),
    atMost('unchanged rebuild', 'the first', stage('distil stage, unchanged') / stage('distil stage'), 0.4),
    atMost(
      '20 pages changed',
      'unchanged',
      stage('distil stage, 20 pages changed') / stage('distil stage, unchanged'),
      1.1,
    ),
    faster(
      "2 ms pages, `workers: 'auto'`",
      'one worker',
      stage('2 ms pages, workers: 1') / stage("2 ms pages, workers: 'auto'"),
      1.7,
    ),
    // Both do the same work: a difference is chance.
    atMost(
      "cheap pages, `workers: 'auto'`",
      'one worker',
      stage("cheap pages, workers: 'auto'") / stage('cheap pages, workers: 1'),
      1.05,
    ),
  ]
}

function incrementalTargets({ entries }, of) {
  const sites = entries.flatMap(({ name }) => (name.endsWith(', first') ? [name.slice(0, -7)] : []))
  return sites.flatMap((site) => {
    const [first, forced, unchanged, few] = ['first', 'all rendered', 'unchanged', '20 changed'].map(
      (what) => (metric) => of(`${site}, ${what}`, metric),
    )
    return [
      atMost(
        `${site}, unchanged`,
        'the first build',
        unchanged('stage') / first('stage'),
        site.includes('cheap') ? 0.35 : 0.1,
      ),
      atMost(`${site}, 20 changed`, 'unchanged', few('stage') / unchanged('stage'), 1.15),
      atMost(
        `memory of ${site}, unchanged`,
        'that of rendering all again',
        unchanged('rss') / forced('rss'),
        1,
      ),
    ]
  })
}

/** Runs differ by more than `cdn.html` adds, so each round is compared in itself. Pages of strings have no target. */
function cdnTargets(result, by) {
  return ['Vue', 'React'].map((what) => {
    const ratio = pairRatio(result, by, `${what}, \`cdn.html\``, what, 'render')
    return atMost(`rendering ${what} with \`cdn.html\``, 'without', ratio, 1.15)
  })
}

function linksTargets(result, by) {
  return ['Vue', 'React'].map((what) => {
    const ratio = pairRatio(result, by, what, `${what}, \`links: false\``, 'stage')
    return atMost(`${what} with the audit of links`, 'without', ratio, 1.15)
  })
}

function pairRatio(result, by, name, than, metric) {
  const of = valuesOf(result, by)
  return by === 'median' ? pairReader(result)(name, than, metric).median : of(name, metric) / of(than, metric)
}

const under = (what, megabytes, most) => ({
  what,
  target: `under ${most} MB`,
  got: `${Math.round(megabytes)} MB`,
  met: megabytes < most,
})

function memoryTargets({ entries }, of) {
  const [small, large] = entries.map(({ name }) => of(name, 'rss'))
  const plan = entries.find(({ name }) => name.startsWith('plan'))
  const planned = of(plan.name, 'rss')
  const streamed = of('render one body of 200 MB, streamed', 'rss') - of('render one page', 'rss')
  return [
    atMost(`memory of ${entries[1].name}`, `that of ${entries[0].name}`, large / small, 1.3),
    under(plan.name, planned, 350),
    ...['first publish of 100,000 files', 'first publish of 100,000 files, verified'].flatMap((name) => {
      const megabytes = of(name, 'rss')
      return megabytes === undefined ? [] : [under(name, megabytes, 250)]
    }),
    {
      what: 'a streamed body of 200 MB',
      target: 'never whole in memory',
      got: `${Math.round(streamed)} MB more than one small page`,
      met: streamed < 100,
    },
  ]
}

function publishTargets({ files, requests, entries }, of) {
  const time = (phase, tool = 'vite-distill') => of(tool, phase)
  const total = (phase) =>
    Object.values(requests['vite-distill'][phase]).reduce((sum, count) => sum + count, 0)
  // The listing has a thousand keys on a page, the state object among them; one more request reads that object.
  const budget = Math.ceil((files + 1) / 1000) + 1
  const uploads = requests['vite-distill']['20 changed'].PUT
  const against = (phase, peer, limit) =>
    entries.some(({ name }) => name === peer)
      ? [atMost(phase === 'first' ? 'first publish' : phase, peer, time(phase) / time(phase, peer), limit)]
      : []
  return [
    ...against('first', 'hugo', 1),
    ...against('first', 'rclone', 1.1),
    atMost(
      'first publish, verified',
      'unverified',
      time('first', 'vite-distill, verified') / time('first'),
      1.4,
    ),
    ...against('unchanged', 'hugo', 2),
    ...against('unchanged', 'rclone', 1.2),
    {
      what: 'unchanged, requests',
      target: `at most ${budget}`,
      got: String(total('unchanged')),
      met: total('unchanged') <= budget,
    },
    {
      what: '20 changed, writes',
      target: '20 uploads, the lock, and the record before and after',
      got: `${uploads} PUTs, ${(time('20 changed') - time('unchanged')).toFixed(2)} s more than unchanged`,
      met: uploads <= 23,
    },
    {
      what: 'all touched',
      target: 'the same requests as unchanged, and time within 10 %',
      got: `${total('all touched')} requests, ${times(time('all touched') / time('unchanged'))}`,
      met: total('all touched') === total('unchanged') && time('all touched') <= 1.1 * time('unchanged'),
    },
  ]
}

/** Each publish of each load at each distance, against the fastest peer. */
function farTargets({ entries }, of) {
  const places = new Set(entries.map(({ name }) => name.split(': ')[0]))
  return [...places].flatMap((place) => {
    const [ours, ...others] = entries.filter(({ name }) => name.startsWith(`${place}: `))
    const peers = others.filter(({ name }) => !name.includes(': vite-distill'))
    if (peers.length === 0) return []
    return Object.keys(ours.samples).map((phase) => {
      const [fastest] = peers.toSorted((a, b) => of(a.name, phase) - of(b.name, phase))
      const value = of(ours.name, phase) / of(fastest.name, phase)
      return {
        what: `${place}, ${phase}`,
        target: 'fastest of all',
        got: `${times(value)} ${fastest.name.slice(place.length + 2)}`,
        met: value <= 1,
      }
    })
  })
}

function scalingTargets({ entries }, by) {
  return ['pages rendered', 'keys planned'].flatMap((name) =>
    [
      ['time', 'stage'],
      ['memory', 'rss'],
    ].map(([what, metric]) => {
      const found = exponent(entries, name, metric, by)
      return {
        what: `${what} of ${name}`,
        target: 'exponent at most 1.05',
        got: found.toFixed(2),
        met: found <= 1.05,
      }
    }),
  )
}

function shardsTargets(result, by) {
  const number = (count) => count.toLocaleString('en')
  const { pages, dearPages, entries } = result
  const plan = entries.findLast(({ name }) => name.startsWith('plan'))
  const planned = valuesOf(result, by)(plan.name, 'rss')
  return [
    ...['1 shard', '2 shards', '4 shards'].map((name) =>
      atMost(
        `${number(dearPages)} pages of 10 ms in ${name}, added up`,
        'one machine',
        pairRatio(result, by, name, 'one machine', 'wall'),
        1.1,
      ),
    ),
    atMost(
      `merging ${number(pages)} cheap pages`,
      'rendering them',
      pairRatio(result, by, `merge ${number(pages)} pages`, `render ${number(pages)} pages`, 'wall'),
      0.5,
    ),
    { what: plan.name, target: 'under 700 MB', got: `${Math.round(planned)} MB`, met: planned < 700 },
  ]
}
