import { defineConfig } from 'astro/config'

export default defineConfig({ outDir: process.env.BENCH_OUT, compressHTML: false, trailingSlash: 'always' })
