import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import distill from 'vite-distill'

export default defineConfig({ plugins: [vue(), distill()] })
