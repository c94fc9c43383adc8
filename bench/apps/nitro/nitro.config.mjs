import { defineConfig } from 'nitro'
import { ids, urlOf } from '../page.mjs'

export default defineConfig({
  serverDir: '.',
  preset: 'static',
  output: { dir: process.env.BENCH_OUT, publicDir: `${process.env.BENCH_OUT}/public` },
  prerender: {
    routes: ids.map(urlOf),
    crawlLinks: false,
    concurrency: Number(process.env.BENCH_CONCURRENCY ?? 1),
  },
})
