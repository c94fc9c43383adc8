// `npm run demo`: builds and distils the blog, publishes it to a folder and checks every file over HTTP.
// With `-- --serve`, the published site can be visited until Ctrl-C.
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import pc from 'picocolors'
import { toNodeHandler } from 'srvx/node'
import { readManifest } from '../dist/manifest.js'
import { bytes, duration, number } from '../dist/progress.js'
import { website } from '../dist/vite/website.js'

const serve = process.argv.includes('--serve')
const began = performance.now()
const repository = fileURLToPath(new URL('..', import.meta.url))
const blog = join(repository, 'playground/blog')
const www = join(blog, 'www')
const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin/vite.js')

/** Runs a script in the blog's folder as a user would. A failure ends the demo. */
async function run(title, script, args, env = {}) {
  console.log(`\n${pc.bold(pc.cyan(`$ ${title}`))}`)
  const child = spawn(process.execPath, [script, ...args], {
    cwd: blog,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) process.exit(code ?? 1)
}

await run('vite build', vite, ['build'])

// A web server for the folder, like nginx: `publish` fetches every file through it and compares.
const server = createServer(toNodeHandler(website(www)))
await new Promise((resolve) => server.listen(0, 'localhost', resolve))
const publicUrl = `http://localhost:${server.address().port}/`
await run('vite-distill publish --yes', join(repository, 'dist/cli/index.js'), ['publish', '--yes'], {
  BLOG_PUBLIC_URL: publicUrl,
})
if (!serve) {
  server.closeAllConnections()
  server.close()
}

const { header } = await readManifest(join(blog, 'dist/static.manifest.jsonl'))
const { pages, assets, bytes: size } = header.counts
const there = relative(process.cwd(), blog)
console.log(`
${pc.green('✓')} ${number(pages)} pages and ${number(assets)} assets (${bytes(size)}), built, published and verified in ${duration(performance.now() - began)}
  The site is in ${pc.cyan(relative(process.cwd(), www))}. ${
    serve
      ? `It is served at ${pc.cyan(publicUrl)} until Ctrl-C.`
      : `The address ${publicUrl} was for the checks and is closed now.`
  }

  Look at it:      npm run demo -- --serve
  Or as built:     cd ${there} && npx vite preview
  Change a post:   cd ${there} && npx vite dev
  Run it again:    npm run demo        ${pc.dim('(only what has changed is rendered and published)')}
`)
