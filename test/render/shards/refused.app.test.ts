import { createHash } from 'node:crypto'
import { cp, mkdir, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { Pack, type ShardHeader } from '../../../src/render/shards/pack.ts'
import { BuiltSite, type Outcome, differences, readFiles } from '../cache/built-site.ts'
import { random } from '../cache/random.ts'

const source = `import { readFileSync } from 'node:fs'
const { text } = JSON.parse(readFileSync(${BuiltSite.contentUrl}, 'utf8'))
export const distillRoutes = [{ route: '/p/:n', distillParams: () => Array.from({ length: 20 }, (_, n) => n) }]
export default ({ url, headers }) => new Response('<!doctype html>' + text + url, { headers: { 'content-type': 'text/html', etag: '"' + url + '"' } })
`

let site: BuiltSite<{ text: string }>
let plan: string
let first: string
let second: string
/** The site that is there, of another text, and all that is beside it. */
let before: Map<string, string>
/** What the plan and its two shards are, to be put back. */
const right = new Map<string, Buffer>()

beforeAll(async () => {
  site = await BuiltSite.create({ text: 'one ' }, source)
  await site.distill()
  before = await readFiles(site.outDir)
  site.content.text = 'two '
  site.source += '\n// Another bundle.'
  await site.save()
  await site.plan()
  await site.shards(2)
  plan = `${site.outDir}.plan.jsonl`
  first = `${site.outDir}.shard-1-of-2`
  second = `${site.outDir}.shard-2-of-2`
  for (const path of [plan, first, second]) right.set(path, await readFile(path))
  return async () => {
    // All of this was refused for what was changed, and for nothing else.
    expect(await site.merge()).toMatchObject({ result: { pages: 20, changed: 20 } })
    await site.remove()
  }
})

/** Runs a step that has to be refused, and puts everything back. */
async function refused(run: () => Promise<Outcome<unknown>>): Promise<{ code: string; message: string }> {
  const outcome = await run()
  expect(differences(await readFiles(site.outDir), before)).toEqual([])
  const folder = join(site.outDir, '..')
  for (const name of await readdir(folder))
    if (/^static\.(?:plan|shard)/.test(name)) await rm(join(folder, name), { recursive: true })
  for (const [path, bytes] of right) await writeFile(path, bytes)
  if ('code' in outcome) return outcome
  throw new Error('It was not refused')
}

/** The edited plan, with a checksum that is right again. */
async function forgePlan(edit: (text: string) => string): Promise<void> {
  const lines = (await readFile(plan, 'utf8')).trimEnd().split('\n')
  const text = edit(`${lines.slice(0, -1).join('\n')}\n`)
  const sha256 = createHash('sha256').update(text).digest('hex')
  await writeFile(plan, `${text}${JSON.stringify({ sha256 })}\n`)
}

/** A file whose bytes are cut short or of which one is another, at many places. */
function* damaged(bytes: Buffer, seed: number): Generator<[how: string, Buffer], void, undefined> {
  const next = random(seed)
  const below = (n: number) => Math.floor(next() * n)
  for (let i = 0; i < 60; i++) {
    // Without its last line break, nothing is missing.
    const length = i === 0 ? 0 : below(bytes.length - 1)
    yield [`cut to ${length}`, bytes.subarray(0, length)]
  }
  for (let i = 0; i < 200; i++) {
    const at = below(bytes.length)
    const copy = Buffer.from(bytes)
    copy[at]! ^= 1 << below(8)
    yield [`byte ${at}`, copy]
  }
}

describe('a plan', () => {
  it('that is not there is asked for', async () => {
    for (const run of [() => site.shard(1, 2), () => site.merge()])
      expect(
        await refused(async () => {
          await rm(plan)
          return run()
        }),
      ).toEqual({ code: 'NOT_BUILT', message: 'there is no plan at `dist/static.plan.jsonl`' })
  })

  it('that was cut short or changed is refused, wherever that is', async () => {
    const expected = {
      code: 'PLAN_INVALID',
      message: 'cannot read the plan `dist/static.plan.jsonl`: it was cut short or changed',
    }
    let i = 0
    for (const [how, bytes] of damaged(right.get(plan)!, 1)) {
      await writeFile(plan, bytes)
      expect(i++ % 2 ? await site.merge() : await site.shard(1, 2), how).toEqual(expected)
    }
    expect(await refused(() => site.merge())).toEqual(expected)
    expect(
      await refused(async () => {
        await rm(plan)
        await mkdir(plan)
        return site.merge()
      }),
    ).toEqual(expected)
  })

  it('that cannot be written leaves no draft', async () => {
    const { code } = await refused(async () => {
      await rm(plan)
      await mkdir(plan)
      const outcome = await site.plan()
      expect(await readdir(join(site.outDir, '..'))).not.toContain('static.plan.jsonl.tmp')
      return outcome
    })
    expect(code).toBe('WRITE_FAILED')
  })

  it('of another format is refused', async () => {
    expect(
      await refused(async () => {
        await forgePlan((text) => text.replace('{"version":1,', '{"version":2,'))
        return site.shard(1, 2)
      }),
    ).toEqual({
      code: 'PLAN_INVALID',
      message: 'cannot read the plan `dist/static.plan.jsonl`: its version is `2`',
    })
  })

  const { node } = process.versions
  it.each<[string, string, () => Promise<unknown>]>([
    ['another bundle', 'the server bundle', async () => ((site.source += '\n//'), site.save())],
    ['an option', 'an option', async () => (site.options = { layout: 'file' })],
    ['another `transform`', 'an option', async () => (site.options = { transform: () => undefined })],
    ['another base', 'an option', async () => (site.base = '/docs/')],
    [
      'another time zone',
      'an environment variable, the time zone or the locale',
      async () => (site.env = { ...process.env, TZ: 'Asia/Tokyo' }),
    ],
    [
      'another lockfile',
      'the lockfile or what is installed',
      async () => writeFile(join(site.dir, 'package-lock.json'), '{}'),
    ],
    [
      'another Node.js',
      'the major version of Node.js',
      async () => forgePlan((text) => text.replace(`"node":"${node.split('.')[0]}"`, '"node":"19"')),
    ],
    [
      'another version of this package',
      'the version of vite-distill',
      async () => forgePlan((text) => text.replace(/"version":"[^"]+"/, '"version":"0.0.1"')),
    ],
  ])('made with %s is refused by shards and merge', async (_, part, change) => {
    const { source, options, base, env } = site
    const message = `\`dist/static.plan.jsonl\` was made with something else than is here: ${part}`
    for (const run of [() => site.shard(1, 2), () => site.merge()]) {
      expect(
        await refused(async () => {
          await change()
          return run()
        }),
      ).toEqual({ code: 'PLAN_MISMATCH', message })
      Object.assign(site, { source, options, base, env })
      await site.save()
      await rm(join(site.dir, 'package-lock.json'), { force: true })
    }
  })
})

/** What `merge` says of shards after a change. */
async function shardsRefused(change: () => Promise<unknown>, files?: string[]): Promise<string[]> {
  const { code, message } = await refused(async () => {
    await change()
    return site.merge(files && { files })
  })
  expect(code).toBe('SHARDS_INVALID')
  const [head, ...problems] = message.split('\n  ')
  expect(head).toMatch(/^the shards do not make a site:$|^there is no shard to merge$|^no shard has /)
  return problems
}

const isNone = '`dist/static.shard-2-of-2` is not what a shard wrote: it is missing, cut short or changed'
const missing = 'shard 2 of 2 is missing'

/** Packs the second shard without any page. */
async function packNothing(header: Pick<ShardHeader, 'version' | 'plan'>): Promise<void> {
  const pack = new Pack(second, { ...header, index: 2, of: 2 }, [])
  await pack.end({ unmodified: [], dropped: [], failures: [], ms: 1 })
  await pack.close()
}

describe('a shard', () => {
  it('that was cut short or changed is refused with its name', async () => {
    const bytes = right.get(second)!
    for (const length of [1, 511, 512, 1024, 5000, bytes.length - 1025])
      expect(await shardsRefused(() => writeFile(second, bytes.subarray(0, length)))).toEqual([
        isNone,
        missing,
      ])
    for (const text of ['shard.json', '"plan"', '1.jsonl', '"sha256"', 'two http', 'end.json', '"ms"']) {
      const copy = Buffer.from(bytes)
      copy[copy.lastIndexOf(text)]! ^= 1
      expect(await shardsRefused(() => writeFile(second, copy))).toEqual([isNone, missing])
    }
  })

  it('that is something else is refused with its name', async () => {
    const write = (content: string | Buffer) => () => writeFile(second, content)
    for (const content of ['', 'text', '{}', Buffer.alloc(1024), Buffer.from('PK\x03\x04'), right.get(plan)!])
      expect(await shardsRefused(write(content))).toEqual([isNone, missing])
    const folder = async () => (await rm(second), mkdir(second))
    expect(await shardsRefused(folder)).toEqual([isNone, missing])
    const link = async () => (await rm(second), symlink('nowhere', second))
    expect(await shardsRefused(link)).toEqual([isNone, missing])
    expect(await shardsRefused(async () => rm(second), [first, second])).toEqual([isNone, missing])
  })

  it('of another format is refused', async () => {
    expect(await shardsRefused(() => packNothing({ version: 2 as 1, plan: '' }))).toEqual([
      '`dist/static.shard-2-of-2` has the format `2`, which this version cannot read',
      missing,
    ])
  })

  it('that is missing, or there twice, is told, also of several at once', async () => {
    expect(await shardsRefused(async () => rm(second))).toEqual([missing])
    expect(await shardsRefused(async () => (await rm(first), rm(second)))).toEqual([])
    expect(await shardsRefused(async () => rename(second, first))).toEqual(['shard 1 of 2 is missing'])
    const copy = join(site.dir, 'copy')
    const twice = 'shard 1 of 2 is there twice: `dist/static.shard-1-of-2`, `copy`'
    expect(await shardsRefused(async () => cp(first, copy), [first, copy])).toEqual([twice, missing])
    const extra = [first, second, join(site.dir, 'package.json')]
    expect(await shardsRefused(async () => {}, extra)).toEqual([
      '`package.json` is not what a shard wrote: it is missing, cut short or changed',
    ])
  })

  it('of another number of shards is refused', async () => {
    const render = async () => expect(await site.shard(3, 3)).toHaveProperty('result')
    expect(await shardsRefused(render)).toEqual(['they are of 2 and of 3 shards'])
    expect(await shardsRefused(async () => (await render(), rm(second)))).toEqual([
      'they are of 2 and of 3 shards',
    ])
  })

  it('of another plan is refused; a new plan removes the shards of the old one', async () => {
    const old = join(site.dir, 'old')
    const planAgain = async () => {
      await cp(second, old)
      site.content.text = 'three '
      await site.save()
      // Of the same bundle, and its pages are listed with other facts.
      await forgePlan((text) => text.replace('"notices":[]', '"notices":["another"]'))
    }
    expect(await shardsRefused(planAgain, [first, old])).toEqual([
      '`dist/static.shard-1-of-2` is of another plan',
      '`old` is of another plan',
    ])
    await site.plan()
    expect((await readdir(join(site.outDir, '..'))).filter((name) => name.includes('shard'))).toEqual([])
    expect(await shardsRefused(async () => {}, [])).toEqual([])
  })

  it('that does not have all of its pages makes no site', async () => {
    const bytes = right.get(plan)!
    const plannedIn = bytes.subarray(0, bytes.lastIndexOf('\n', -2) + 1)
    const id = createHash('sha256').update(plannedIn).digest('hex')
    const { code, message } = await refused(async () => {
      await packNothing({ version: 1, plan: id })
      return site.merge()
    })
    expect(code).toBe('SHARDS_INVALID')
    expect(message).toMatch(/^no shard has \d+ pages, such as `\/p\/\d+`$/)
  })
})
