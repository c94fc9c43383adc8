import type { ConfigFlags } from './vite/load-options.ts'
import type { PublishContext, PublishFlags } from './publish/options.ts'
import type { PublishResult } from './publish/result.ts'
import type { TestPublishResult, TestStep } from './publish/test-publish.ts'

/** Which target of which Vite config. */
export interface PublishWhere extends ConfigFlags {
  /** The name of the target. Default: `default`, or the only one. */
  target?: string
}

export interface PublishOptions
  extends PublishWhere, PublishFlags, Pick<PublishContext, 'signal' | 'confirm' | 'onPlan' | 'progress'> {}

export interface TestPublishOptions extends PublishWhere {
  signal?: AbortSignal
  /** Called after each step. */
  onStep?: (step: TestStep) => void
}

/**
 * What `vite-distill publish` does, without the command. Says nothing and asks nothing unless told to.
 * @throws {DistillError} with a `code`, for whatever went wrong
 */
export async function publish({
  target,
  config,
  mode,
  root,
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
  const options = await loadOptions(given({ config, mode, root }))
  return wing.publish(options, target, flags, given({ signal, confirm, onPlan, progress }))
}

/**
 * What `vite-distill test-publish` does, without the command. A step that failed is told in the result.
 * @throws {DistillError} for what is wrong before the target is asked anything
 */
export async function testPublish({
  target,
  config,
  mode,
  root,
  signal,
  onStep,
}: TestPublishOptions = {}): Promise<TestPublishResult> {
  const [{ loadOptions }, wing] = await Promise.all([
    import('./vite/load-options.ts'),
    import('./publish/test-publish.ts'),
  ])
  return wing.testPublish(await loadOptions(given({ config, mode, root })), target, given({ signal, onStep }))
}

/** An object without what was not given. */
const given = <T extends object>(object: T) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>
  }
