/**
 * Makes a signal that the first Ctrl-C (SIGINT) or SIGTERM aborts, so that a command stops where it is safe. A
 * second one ends the process at once.
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
