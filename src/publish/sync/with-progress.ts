import type { Progress } from '../../progress.ts'

/** Runs one step with its progress, which ends with the step. */
export async function withProgress(bar: Progress, work: (bar: Progress) => Promise<void>): Promise<void> {
  try {
    await work(bar)
  } finally {
    bar.done()
  }
}
