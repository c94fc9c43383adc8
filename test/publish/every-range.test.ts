import { createHash } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { inParallel } from '../../src/publish/parallel.ts'
import type { PublishContext } from '../../src/publish/options.ts'
import { publish } from '../../src/publish/publish.ts'
import { encodeRange, decodeRange, rangeKey, rangeKeys } from '../../src/publish/state/range.ts'
import { isWritten } from '../../src/publish/state/record.ts'
import { formatIndex, parseIndex } from '../../src/publish/state/state-index.ts'
import { faulty, mortal } from './faulty.ts'
import { memoryBackend, type Objects } from './memory-backend.ts'
import { Project, type Content } from './project.ts'

const [stateKey, lockKey] = ['.vite-distill/state.json', '.vite-distill/lock.json']
const flags = { yes: true, maxDeletes: 99, concurrency: 4 }

/** Notes with these numbers, one of them edited. */
function site(first: number, end: number, edited?: number): Record<string, Content> {
  const files: Record<string, Content> = { 'index.html': 'home' }
  for (let i = first; i < end; i++)
    files[`notes/${String(i).padStart(4, '0')}.txt`] = i === edited ? `edited ${i}` : `note ${i}`
  return files
}

const sites = {
  /** The largest whose records are in the index. */
  inline: site(0, 2499),
  ranges: site(0, 2502),
  /** Begins later than the other, ends later, and has an edit. */
  edited: site(1, 2503, 5),
}
type Name = keyof typeof sites
const projects = new Map<Name, Project>()

beforeAll(() => {
  for (const name of ['inline', 'ranges', 'edited'] as const) {
    const project = new Project()
    project.build(sites[name], { createdAt: '2026-01-01T00:00:00.000Z' })
    projects.set(name, project)
  }
})

const run = (name: Name, open: PublishContext['open']) =>
  publish(projects.get(name)!.options, undefined, flags, { open })

/** Puts the records of a target into three ranges, as those of a larger site are. */
async function cut(objects: Objects): Promise<void> {
  const index = parseIndex(objects.get(stateKey)!.body)!
  const { name } = index.ranges[0]!
  const { headers, records } = decodeRange(objects.get(rangeKey(name))!.body)
  const rows = [...records]
  const ranges = await Promise.all(
    [0, 1000, 2000].map((start) => encodeRange(rows.slice(start, start + 1000), headers)),
  )
  objects.delete(rangeKey(name))
  for (const { ref, body } of ranges) objects.set(rangeKey(ref.name), { body, etag: ref.name })
  const cut = formatIndex({ ...index, ranges: ranges.map(({ ref }) => ref) })
  objects.set(stateKey, { body: cut, etag: 'cut' })
}

/** A target holds a site, records just this, and has nothing else of its own. */
function expectHeld(objects: Objects, name: Name, label: string) {
  const { records: inline, ranges } = parseIndex(objects.get(stateKey)!.body)!
  const rows = [
    ...ranges.flatMap((ref) => [...decodeRange(objects.get(rangeKey(ref.name))!.body).records]),
    ...inline,
  ]
  const recorded = Object.fromEntries(rows.map((row) => [row.key, isWritten(row) && row.sha256]))
  const files = Object.entries(sites[name]).map(([key, content]) => [key, String(content)] as const)
  expect(rows.length, label).toBe(files.length)
  for (const [key, content] of files) {
    expect(String(Buffer.from(objects.get(key)!.body)), label).toBe(content)
    expect(recorded[key], label).toBe(createHash('sha256').update(content).digest('hex'))
  }
  const others = [...objects.keys()].filter((key) => !(key in sites[name]))
  const own = [stateKey, ...ranges.map((ref) => rangeKey(ref.name))]
  expect(others.sort(), label).toEqual([...own, 'unmanaged.txt'].sort())
}

test.each([
  { before: 'inline', after: 'ranges', later: 'edited' },
  { before: 'ranges', after: 'edited', later: 'inline' },
  { before: 'ranges', after: 'inline', later: 'ranges' },
] as const)(
  'killed at every write of ranges and index: from $before to $after',
  async ({ before, after, later }) => {
    const held: Objects = new Map()
    await run(before, async () => memoryBackend(held))
    if (before === 'ranges') await cut(held)
    held.set('unmanaged.txt', { body: new Uint8Array([1]), etag: 'u' })

    const objects: Objects = new Map(held)
    const whole = faulty(
      (_, work) => work(),
      async () => memoryBackend(objects),
    )
    await run(after, whole.open)
    expectHeld(objects, after, 'whole')
    const writes = whole.calls.flatMap(({ name, what }, i) =>
      name !== 'get' && name !== 'list' && (what === stateKey || what.startsWith(rangeKeys)) ? [i + 1] : [],
    )
    expect(writes.length).toBeGreaterThan(1)
    const cases = writes.flatMap((k) => [true, false].map((isDone) => ({ k, isDone })))
    await inParallel(cases.entries(), 4, async ([i, { k, isDone }]) => {
      const { name, what } = whole.calls[k - 1]!
      const label = `killed at call ${k} (${name} ${what}), which is ${isDone ? '' : 'not '}done`
      const objects: Objects = new Map(held)
      const open = async () => memoryBackend(objects)
      const dying = mortal(k, isDone, open)
      await Promise.race([run(after, dying.open), dying.died])
      objects.delete(lockKey)
      // The same site again, or at once another.
      if (i % 4 < 2) {
        await run(after, open)
        for (const key of Object.keys(sites[after])) expect(objects.has(key), `${label}: ${key}`).toBe(true)
      }
      await run(later, open)
      expectHeld(objects, later, label)
    })
    process.stdout.write(`${cases.length} kills from ${before} to ${after}\n`)
  },
)
