import solid from 'vite-plugin-solid'
import { defineConfig } from 'vite'
import distill from 'vite-distill'

export default defineConfig({ plugins: [solid({ ssr: true }), distill()] })
