import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import distill from 'vite-distill'

export default defineConfig({ plugins: [react(), distill()] })
