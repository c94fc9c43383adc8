import { createHash, randomUUID } from 'node:crypto'
import { BackendError } from '../backends/backend.ts'
import { openBackend } from '../backends/open.ts'
import { DistillError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { sha256 } from './site/digest.ts'
import { differenceOf } from './verify/expectation.ts'
import type { PublishContext } from './options.ts'
import { NoAnswer, PublicSite } from './verify/public-site.ts'
import { plainError, type PlainError } from './result.ts'
import type { SiteFile } from './site/objects.ts'
import { Store, type Requests } from './store/store.ts'
import { chooseTarget, refuseOverlap } from './target.ts'

export interface TestStep {
  name: string
  ok: boolean
  ms: number
}

/** What a trial of a target found; what `--json` prints. */
export interface TestPublishResult {
  target: string
  to: string
  publicUrl?: string
  ok: boolean
  steps: TestStep[]
  requests: Requests & { public: number }
  ms: number
  notices: string[]
  /** What the step that failed failed with. */
  error?: PlainError
}

/**
 * Tries what a publish needs of a target, with an object of a random name: write, list, write on a condition,
 * read through the public address, delete. Removes the object whatever happens.
 * @throws {DistillError} for what is wrong before the target is asked anything
 */
export async function testPublish(
  options: ResolvedOptions,
  targetName: string | undefined,
  context: Pick<PublishContext, 'signal' | 'open'> & { onStep?: (step: TestStep) => void } = {},
): Promise<TestPublishResult> {
  const started = performance.now()
  const { name, target } = chooseTarget(options, targetName)
  refuseOverlap(options, name, target)
  const store = new Store(await (context.open ?? openBackend)(target, options.root), target.prefix, {
    signal: context.signal,
  })
  const site =
    target.publicUrl === undefined
      ? undefined
      : new PublicSite(target.publicUrl, '/', { signal: context.signal, patience: target.verifyTimeout })
  const steps: TestStep[] = []
  const step = async (name: string, work: () => Promise<void>) => {
    const begun = performance.now()
    let ok = false
    try {
      await work()
      ok = true
    } finally {
      steps.push({ name, ok, ms: Math.round(performance.now() - begun) })
      context.onStep?.(steps.at(-1)!)
    }
  }

  let failure: DistillError | undefined
  try {
    await trial(store, site, step)
  } catch (error) {
    if (!(error instanceof DistillError)) throw error
    failure = error
  } finally {
    store.close()
  }
  return {
    target: name,
    to: store.name,
    ...(site && { publicUrl: site.root }),
    ok: failure === undefined,
    steps,
    requests: { ...store.requests, public: site?.requests ?? 0 },
    ms: Math.round(performance.now() - started),
    notices: site ? [] : ['Reading through the public address was not tried: the target has no `publicUrl`.'],
    ...(failure && { error: plainError(failure) }),
  }
}

type Step = (name: string, work: () => Promise<void>) => Promise<void>

async function trial(store: Store, site: PublicSite | undefined, step: Step): Promise<void> {
  const key = `vite-distill-test-${randomUUID()}.txt`
  const body = new TextEncoder().encode(`vite-distill was here: ${randomUUID()}\n`)
  const source = {
    size: body.length,
    md5: createHash('md5').update(body).digest('hex'),
    read: async (start?: number, end?: number) => body.subarray(start, end),
  }
  const headers = { 'content-type': 'text/plain;charset=utf-8', 'cache-control': 'no-store' }
  const file: SiteFile = {
    key,
    url: `/${key}`,
    kind: 'asset',
    size: body.length,
    md5: source.md5,
    sha256: sha256(body),
    headers,
    headersHash: '',
  }
  let there = false
  let etag = ''
  try {
    await step('write', async () => {
      there = true
      etag = (await store.put(key, source, { headers })).etag
    })
    await step('list', async () => {
      const [found] = await store.list(key)
      if (found?.size !== body.length) throw unfit(store, 'it does not list what was just written')
    })
    if (store.conditional) {
      await step('write on a condition', () =>
        tryConditional(store, () => store.put(key, source, { headers, ifMatch: null })),
      )
    }
    if (site) await step('read through the public address', () => tryPublic(site, file, store.keepsHeaders))
    if (store.maxRewrite > 0) {
      await step('change headers', async () => {
        const changed = { ...headers, 'cache-control': 'no-cache' }
        await store.rewrite(key, { headers: changed, ifMatch: etag })
        // What the address was asked before may be in a cache.
        if (site) await tryPublic(site, { ...file, headers: changed }, store.keepsHeaders, true)
      })
    }
    await step('delete', async () => {
      await store.remove([key])
      there = false
      if ((await store.list(key)).length > 0) throw unfit(store, 'it still lists what was deleted')
    })
    if (site) await step('gone from the public address', () => tryGone(site, file))
  } finally {
    store.heed(undefined)
    if (there) await store.remove([key]).catch(() => {})
  }
}

async function tryConditional(store: Store, write: () => Promise<unknown>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (error instanceof BackendError && error.kind === 'precondition') return
    throw error
  }
  throw unfit(store, 'it wrote over an object though it was told not to')
}

const unfit = (store: Store, how: string) =>
  new DistillError('TRANSFER_FAILED', `\`${store.name}\` is not fit to publish to: ${how}`, {
    hint: 'Is the target the storage you think it is? Check its `endpoint` and its version.',
  })

async function tryPublic(
  site: PublicSite,
  file: SiteFile,
  keepsHeaders: boolean,
  fresh = false,
): Promise<void> {
  const address = site.addressOfKey(file.key)
  const answer = await (fresh ? site.fetchFresh(address) : site.fetch(address)).catch((error: unknown) => {
    if (!(error instanceof NoAnswer)) throw error
    throw new DistillError('UNVERIFIED', error.message, {
      hint: 'Check `publicUrl`: its host and port must be those that visitors use.',
      cause: error,
    })
  })
  const difference = differenceOf(file, address, answer, keepsHeaders)
  if (!difference) return
  throw new DistillError('UNVERIFIED', `${address}: expected ${difference.expected}, got ${difference.got}`, {
    hint: hintFor(answer.status),
  })
}

function hintFor(status: number): string {
  if (status === 401 || status === 403)
    return 'Visitors may not read there: allow public reads of the bucket, or check that `publicUrl` leads to the right one.'
  if (status === 404)
    return '`publicUrl` leads somewhere else than the target: compare it with the bucket or `path`, and with `prefix`.'
  if (status >= 300 && status < 400)
    return 'Make `publicUrl` the address that the redirect leads to: its scheme and host must be the final ones.'
  return '`publicUrl` must lead to what the target holds, unchanged and with the headers it was stored with.'
}

async function tryGone(site: PublicSite, file: SiteFile): Promise<void> {
  const address = site.addressOfKey(file.key)
  const { status, sha256: found } = await site.fetch(address)
  if (status !== 200 || found !== file.sha256) return
  throw new DistillError('UNVERIFIED', `${address} still serves what was deleted`, {
    hint: 'A cache in front of the target keeps what it is told not to (`cache-control: no-store`): visitors would see old pages after a publish.',
  })
}
