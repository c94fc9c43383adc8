import { DistillError } from './errors.ts'
import type { ConfigFlags, LoadedOptions } from './vite/load-options.ts'
import type { PublishContext, PublishFlags } from './publish/options.ts'
import type { ReleasesResult } from './publish/releases.ts'
import type { PublishResult } from './publish/result.ts'
import type { RollbackFlags } from './publish/rollback.ts'
import type { TestPublishResult, TestStep } from './publish/test-publish.ts'
import type { UnpublishFlags, UnpublishResult } from './publish/unpublish-result.ts'

/** Selects a target and the Vite config that it is in. */
export interface PublishWhere extends ConfigFlags {
  /** The name of the target. Default: `default`, or the only one. */
  target?: string
}

export interface PublishOptions
  extends PublishWhere, PublishFlags, Pick<PublishContext, 'signal' | 'confirm' | 'onPlan' | 'progress'> {}

export interface TestPublishOptions extends PublishWhere {
  signal?: AbortSignal
  /** Called after each step, whether it succeeded or not. */
  onStep?: (step: TestStep) => void
}

export interface UnpublishOptions
  extends ConfigFlags, UnpublishFlags, Pick<PublishContext, 'signal' | 'confirm' | 'onPlan' | 'progress'> {
  /** The name of the target. It has no default. */
  target: string
}

/**
 * Does what `vite-distill publish` does. It prints nothing and asks nothing: use `progress`, `onPlan` and `confirm`.
 * @throws {DistillError} with a `code` for every failure; `InterruptedError` once `signal` is aborted
 */
export async function publish(given: PublishOptions = {}): Promise<PublishResult> {
  const [[options, rest], wing] = await Promise.all([load(given), import('./publish/publish.ts')])
  const { target, signal, confirm, onPlan, progress, ...flags } = rest
  return wing.publish(options, target, flags, { signal, confirm, onPlan, progress })
}

export interface RollbackOptions
  extends PublishWhere, RollbackFlags, Pick<PublishContext, 'signal' | 'confirm' | 'onPlan' | 'progress'> {
  /** The number of the release to put back. Default: the newest that is not what the target holds. */
  release?: number
}

/**
 * Does what `vite-distill rollback` does. It prints nothing and asks nothing: use `progress`, `onPlan` and `confirm`.
 * @throws {DistillError} `RELEASE_UNKNOWN`, `RELEASE_INCOMPLETE`, and as {@link publish}
 */
export async function rollback(given: RollbackOptions = {}): Promise<PublishResult> {
  const [[options, rest], wing] = await Promise.all([load(given), import('./publish/rollback.ts')])
  const { target, release, signal, confirm, onPlan, progress, ...flags } = rest
  return wing.rollback(options, target, release, flags, { signal, confirm, onPlan, progress })
}

/**
 * Does what `vite-distill releases` does.
 * @throws {DistillError} where the target or its state cannot be read
 */
export async function releases(given: PublishWhere & { signal?: AbortSignal } = {}): Promise<ReleasesResult> {
  const [[options, rest], wing] = await Promise.all([load(given), import('./publish/releases.ts')])
  const { target, signal } = rest
  return wing.listReleases(options, target, { signal })
}

export interface PublishPagesOptions
  extends
    PublishWhere,
    Pick<PublishFlags, 'allowOlder' | 'concurrency' | 'skipVerify' | 'wait'>,
    Pick<PublishContext, 'signal' | 'progress'> {
  /** The app that the pages are rendered by, or the exports of its server entry. */
  app: unknown
  /** The paths of the pages, without `base`: `/posts/first`. */
  pages: readonly string[]
}

/**
 * Renders pages by the running app, writes them into the site and publishes them and nothing else: what an editor
 * saved is public in one step. Calls for one target run one after the other. The Vite config is read once in a process.
 * @param options `wait`: by default, another publish is waited for up to 60 seconds
 * @throws {DistillError} as `renderFile()` and `publish()`; `OPTION_INVALID`; `PAGES_REFUSED` where the pages would not work in the target
 */
export async function publishPages({
  target,
  config,
  mode,
  root,
  outDir,
  app,
  pages,
  signal,
  progress,
  wait = 60,
  ...flags
}: PublishPagesOptions): Promise<PublishResult> {
  const isList: boolean = Array.isArray(pages) && pages.every((page) => typeof page === 'string')
  if (!isList) {
    throw new DistillError('OPTION_INVALID', '`pages` of `publishPages()` is not a list of paths', {
      hint: "Give the paths of pages, without `base`: `pages: ['/posts/first']`.",
    })
  }
  const [{ renderUrl }, wing] = await Promise.all([
    import('./render/render-file.ts'),
    import('./publish/publish.ts'),
  ])
  const { options } = await loadOnce({ config, mode, root, outDir })
  const files = await Promise.all(pages.map((page) => renderUrl(app, page, options)))
  const place = `${options.outDir} ${target ?? ''}`
  const publishing = (lastPublish.get(place) ?? Promise.resolve()).then(() =>
    wing.publish(
      options,
      target,
      { ...flags, wait },
      { signal, progress, pages: [...new Set(files.map(({ file }) => file))] },
    ),
  )
  lastPublish.set(
    place,
    publishing.catch(() => {}),
  )
  return publishing
}

/** By site and target, the last publish of pages: they would only wait for each other's lock. */
const lastPublish = new Map<string, Promise<unknown>>()
/** By flags, the options of a Vite config. */
const loaded = new Map<string, Promise<LoadedOptions>>()

async function loadOnce(flags: ConfigFlags): Promise<LoadedOptions> {
  const { loadOptions } = await import('./vite/load-options.ts')
  const key = JSON.stringify([flags, process.cwd()])
  const loading = loaded.get(key) ?? loadOptions(flags)
  loaded.set(key, loading)
  // The next call may find a config that was corrected.
  loading.catch(() => loaded.delete(key))
  return loading
}

/**
 * Does what `vite-distill test-publish` does. A step that fails is reported in the result's `error`.
 * @throws {DistillError} for what is wrong before the first request to the target
 */
export async function testPublish(given: TestPublishOptions = {}): Promise<TestPublishResult> {
  const [[options, rest], wing] = await Promise.all([load(given), import('./publish/test-publish.ts')])
  const { target, signal, onStep } = rest
  return wing.testPublish(options, target, { signal, onStep })
}

/**
 * Does what `vite-distill unpublish` does. It prints nothing and asks nothing: use `progress`, `onPlan` and `confirm`.
 * @throws {DistillError} with a `code` for every failure; `InterruptedError` once `signal` is aborted
 */
export async function unpublish(given: UnpublishOptions): Promise<UnpublishResult> {
  const [[options, rest], wing] = await Promise.all([load(given), import('./publish/unpublish.ts')])
  const { target, signal, confirm, onPlan, progress, ...flags } = rest
  return wing.unpublish(options, target, flags, { signal, confirm, onPlan, progress })
}

/** The plugin's options by the Vite config that a call names, and the rest of what the call was given. */
async function load<Given extends ConfigFlags>({ config, mode, root, outDir, ...rest }: Given) {
  const { loadOptions } = await import('./vite/load-options.ts')
  const { options } = await loadOptions({ config, mode, root, outDir })
  return [options, rest] as const
}
