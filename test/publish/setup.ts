import { afterEach } from 'vitest'
import { expectNoSecret } from './secrets.ts'

// Whatever a test is about: nothing it printed, recorded or stored may hold a key that it used.
afterEach(() => void expectNoSecret())
