import { defineConfig } from 'vite'
import distill from 'vite-distill'
import { languages } from './src/texts.ts'

export default defineConfig({
  // Pages are asked for under `origin`, which they name each other with.
  plugins: [distill({ languages: [...languages], origin: 'https://tea.example' })],
})
