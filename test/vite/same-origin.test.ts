import { expect, test } from 'vitest'
import { isSameOrigin } from '../../src/vite/same-origin.ts'

const host = 'localhost:5173'

test.each([
  [{ 'sec-fetch-site': 'same-origin' }, true],
  [{ 'sec-fetch-site': 'none' }, true],
  [{ 'sec-fetch-site': 'same-site' }, false],
  [{ 'sec-fetch-site': 'cross-site' }, false],
  [{ 'sec-fetch-site': '' }, false],
  // The browser knows better than an address that a proxy has changed.
  [{ 'sec-fetch-site': 'same-origin', origin: 'https://dev.example.com' }, true],
  [{ 'sec-fetch-site': 'cross-site', origin: 'http://localhost:5173' }, false],
  [{}, true],
  [{ origin: 'http://localhost:5173' }, true],
  [{ origin: 'http://localhost:3000' }, false],
  [{ origin: 'https://evil.example' }, false],
  [{ origin: 'null' }, false],
  [{ origin: '' }, false],
])('%j: %s', (headers, expected) => {
  expect(isSameOrigin({ headers: { host, ...headers } })).toBe(expected)
})
