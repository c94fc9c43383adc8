import { defineConfig } from 'vite'
import distill from 'vite-distill'
import { languages } from './src/texts.ts'

export default defineConfig({
  // Requests have this origin, and pages link to each other with it.
  plugins: [distill({ languages: [...languages], origin: 'https://tea.example' })],
})
