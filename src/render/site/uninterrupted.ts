import { setImmediate } from 'node:timers/promises'

/**
 * Runs a short synchronous step to its end, even if Ctrl-C (SIGINT) or SIGTERM arrives meanwhile. The process then
 * exits as it would have: with 130 or 143. A program that handles the signal itself is left to do so.
 */
export async function uninterrupted<T>(step: () => T): Promise<T> {
  let exitCode: number | undefined
  const onSignal = (_: NodeJS.Signals, signal: number) => {
    exitCode = 128 + signal
  }
  const signals = (['SIGINT', 'SIGTERM'] as const).filter((name) => process.listenerCount(name) === 0)
  for (const name of signals) process.on(name, onSignal)
  try {
    const result = step()
    // The event loop delivers a signal that arrived meanwhile, at the latest in its second turn.
    await setImmediate()
    await setImmediate()
    if (exitCode !== undefined) process.exit(exitCode)
    return result
  } finally {
    for (const name of signals) process.off(name, onSignal)
  }
}
