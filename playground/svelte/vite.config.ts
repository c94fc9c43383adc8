import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'
import distill from 'vite-distill'

export default defineConfig({ plugins: [svelte(), distill()] })
