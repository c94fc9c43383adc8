import { nitro } from 'nitro/vite'
import { defineConfig } from 'vite'
import distill from 'vite-distill'

// In either order: both wait for the client and the server to be built.
const plugins = [nitro(), distill()]

export default defineConfig({ plugins: process.env.DISTILL_FIRST ? plugins.toReversed() : plugins })
