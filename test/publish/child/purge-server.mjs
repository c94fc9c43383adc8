// Preloaded into a process: sends its requests to providers of caches to the server of the test.
const { PURGE_SERVER } = process.env
const original = fetch
globalThis.fetch = (input, init) =>
  original(
    typeof input === 'string'
      ? input.replace(/^https:\/(?=\/(api\.cloudflare|api\.fastly|management\.azure)\.com\/)/, PURGE_SERVER)
      : input,
    init,
  )
