import type { ConfigFlags } from './vite/load-options.ts'
import type { PublishContext, PublishFlags } from './publish/options.ts'
import type { PublishResult } from './publish/result.ts'
import type { TestPublishResult, TestStep } from './publish/test-publish.ts'

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

/**
 * Does what `vite-distill publish` does. It prints nothing and asks nothing: use `progress`, `onPlan` and `confirm`.
 * @throws {DistillError} with a `code` for every failure; `InterruptedError` once `signal` is aborted
 */
export async function publish({
  target,
  config,
  mode,
  root,
  outDir,
  signal,
  confirm,
  onPlan,
  progress,
  ...flags
}: PublishOptions = {}): Promise<PublishResult> {
  const [{ loadOptions }, wing] = await Promise.all([
    import('./vite/load-options.ts'),
    import('./publish/publish.ts'),
  ])
  const { options } = await loadOptions({ config, mode, root, outDir })
  return wing.publish(options, target, flags, { signal, confirm, onPlan, progress })
}

/**
 * Does what `vite-distill test-publish` does. A step that fails is reported in the result's `error`.
 * @throws {DistillError} for what is wrong before the first request to the target
 */
export async function testPublish({
  target,
  config,
  mode,
  root,
  outDir,
  signal,
  onStep,
}: TestPublishOptions = {}): Promise<TestPublishResult> {
  const [{ loadOptions }, wing] = await Promise.all([
    import('./vite/load-options.ts'),
    import('./publish/test-publish.ts'),
  ])
  const { options } = await loadOptions({ config, mode, root, outDir })
  return wing.testPublish(options, target, { signal, onStep })
}
