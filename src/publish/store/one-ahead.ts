/** Asks for the next page while the caller works on the one before. */
export async function* oneAhead<T>(pages: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  const iterator = pages[Symbol.asyncIterator]()
  const ask = () => {
    const next = iterator.next()
    // It is thrown once the caller gets there.
    next.catch(() => {})
    return next
  }
  try {
    for (let next = ask(); ;) {
      const { done, value } = await next
      if (done) return
      next = ask()
      yield value
    }
  } finally {
    // Where the caller stops early, a page may be under way: nobody waits for it.
    iterator.return?.().then(undefined, () => {})
  }
}
