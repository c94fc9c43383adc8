import { dirname } from 'node:path'
import { ids, urlOf } from '../page.mjs'

export default {
  serverDir: '.',
  preset: 'static',
  buildDir: 'node_modules/.nitro',
  // `page.mjs` is outside of this folder: Nitro would leave it out of the bundle and not find it.
  externals: { inline: [dirname(import.meta.dirname)] },
  output: { dir: process.env.BENCH_OUT, publicDir: `${process.env.BENCH_OUT}/public` },
  prerender: {
    routes: ids.map(urlOf),
    crawlLinks: false,
    concurrency: Number(process.env.BENCH_CONCURRENCY ?? 1),
  },
}
