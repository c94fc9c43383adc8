import distill from 'vite-distill'

// One app for each kind of page: `h3`, `vue`, `react`, `cpu`, `stream`, `h3-tags`, `tags`, `vue-tags`, `react-tags`, `vue-links`, `react-links`, `files`.
const kind = process.env.BENCH_KIND ?? 'h3'
const workers = process.env.BENCH_WORKERS
// The target to publish to, as JSON.
const target = process.env.BENCH_TARGET
const publicDir = process.env.BENCH_PUBLIC ?? false

export default {
  build: { outDir: `dist/${kind}` },
  publicDir,
  plugins: [
    distill({
      entry: `src/${kind}.js`,
      outDir: process.env.BENCH_OUT ?? `dist/${kind}/static`,
      ...(publicDir && { cdn: { tag: 'v1', html: process.env.BENCH_HTML === '1' } }),
      // The pages of some kinds link to what only a whole site has.
      links:
        process.env.BENCH_LINKS === '0'
          ? false
          : { served: ['/', '/about/', '/tags/**', '/img/**', '/posts/*'] },
      ...(workers && { workers: workers === 'auto' ? 'auto' : Number(workers) }),
      ...(target && { publish: { default: JSON.parse(target) } }),
    }),
  ],
}
