#!/usr/bin/env node
import module from 'node:module'

// From Node 22 on, a command need not compile what another one did. Vite's own command does the same.
const { enableCompileCache } = module as { enableCompileCache?: () => void }
enableCompileCache?.()
await import('./program.ts')
