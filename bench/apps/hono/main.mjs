// Hono's `toSSG`: `node main.mjs <folder> [concurrency]`.
import fs from 'node:fs/promises'
import { Hono } from 'hono'
import { ssgParams, toSSG } from 'hono/ssg'
import { ids, page } from '../page.mjs'

const [dir, concurrency] = process.argv.slice(2)
const app = new Hono()
app.get(
  '/posts/:id/',
  ssgParams(() => ids.map((id) => ({ id }))),
  (c) => c.html(page(Number(c.req.param('id')))),
)

const began = performance.now()
const result = await toSSG(app, fs, { dir, ...(concurrency && { concurrency: Number(concurrency) }) })
if (!result.success) throw result.error
console.log(JSON.stringify({ ms: performance.now() - began }))
