import adapter from '@sveltejs/adapter-static'

const out = process.env.BENCH_OUT

export default {
  kit: { outDir: `${out}/work`, adapter: adapter({ pages: `${out}/site` }), prerender: { crawl: false } },
}
