import { afterEach, beforeEach } from 'vitest'
import { expectNoSecret } from './secrets.ts'

let running = 0

beforeEach(() => void running++)

// After every test, or the last of those that run at once: nothing that they printed, recorded or stored may contain a
// secret that they used.
afterEach(() => {
  if (--running === 0) expectNoSecret()
})
