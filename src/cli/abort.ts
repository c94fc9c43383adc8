/**
 * A signal for the first Ctrl-C (or polite request to end): work then stops where it is safe to. The second one
 * ends the process at once, as it would without this.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      if (!controller.signal.aborted) process.stderr.write('\nStopping as soon as it is safe…\n')
      controller.abort()
    })
  }
  return controller.signal
}
