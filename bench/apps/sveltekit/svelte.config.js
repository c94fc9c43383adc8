import adapter from '@sveltejs/adapter-static'

export default { kit: { adapter: adapter({ pages: process.env.BENCH_OUT }), prerender: { crawl: false } } }
