import adapter from '@sveltejs/adapter-static'
import { sveltekit } from '@sveltejs/kit/vite'

const out = process.env.BENCH_OUT

export default {
  plugins: [
    sveltekit({
      outDir: `${out}/work`,
      adapter: adapter({ pages: `${out}/site` }),
      prerender: { crawl: false },
    }),
  ],
}
