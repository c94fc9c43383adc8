import { defineConfig } from 'vite'
import distill from 'vite-distill'

export default defineConfig({ plugins: [distill()] })
