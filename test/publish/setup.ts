import { afterEach } from 'vitest'
import { expectNoSecret } from './secrets.ts'

// After every test: nothing that it printed, recorded or stored may contain a secret that it used.
afterEach(() => void expectNoSecret())
