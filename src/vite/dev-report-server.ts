import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ViteDevServer } from 'vite'
import { htmlType } from '../content-type.ts'
import type { DistillError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import type { DevReport } from '../report/data.ts'
import { EntryImporter } from './dev-entry.ts'
import { DevEvents } from './dev-events.ts'
import { devReport } from './dev-report.ts'
import { isSameOrigin } from './same-origin.ts'

/** The page, which asks for `data.json` beside it and listens to `events`. */
const appFile = new URL('../report/app.html', import.meta.url)

/** Answers requests for the page `/__distill/` and its data. */
export class DevReportServer {
  readonly #entry: EntryImporter
  readonly #options: ResolvedOptions
  readonly #missing: () => DistillError
  readonly #events = new DevEvents()
  /** The one that is made now: `distillParams` runs once for pages that ask at the same time. */
  #report: Promise<DevReport> | undefined

  /** @param missing The error of an app without a server entry */
  constructor(server: ViteDevServer, options: ResolvedOptions, missing: () => DistillError) {
    this.#entry = new EntryImporter(server)
    this.#options = options
    this.#missing = missing
  }

  /** @param path What follows `/__distill`: empty, `/`, `/data.json` or anything else */
  async respond(path: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
    // Vite's own CORS headers let pages of other local servers read what it serves.
    for (const name of res.getHeaderNames()) if (name.startsWith('access-control-')) res.removeHeader(name)
    res.setHeader('cache-control', 'no-store')
    res.setHeader('cross-origin-resource-policy', 'same-origin')
    res.setHeader('x-content-type-options', 'nosniff')
    if (!isSameOrigin(req)) return fail(res, 403, 'Only pages of this server may ask for this.')
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('allow', 'GET, HEAD')
      return fail(res, 405, `The method is \`GET\`, not \`${req.method}\`.`)
    }
    if (path === '') return void res.writeHead(302, { location: `${this.#options.base}__distill/` }).end()
    if (path === '/') return this.#sendPage(res)
    if (path !== '/data.json' && path !== '/events') return fail(res, 404, 'There is no such page.')

    res.setHeader('content-type', path === '/events' ? 'text/event-stream' : 'application/json')
    if (req.method === 'HEAD') return void res.end()
    if (path === '/events') return this.#events.add(res, req.headers['last-event-id'] !== undefined)
    res.end(JSON.stringify(await this.#current()))
  }

  /** The routes may have changed. */
  changed(): void {
    this.#report = undefined
    this.#events.send()
  }

  async close(): Promise<void> {
    this.#events.close()
    await this.#entry.close()
  }

  async #sendPage(res: ServerResponse): Promise<void> {
    const page = await readFile(appFile).catch(() => undefined)
    if (!page) return fail(res, 500, `This copy of \`vite-distill\` has no \`${appFile.pathname}\`.`)
    res.setHeader('content-type', htmlType)
    res.end(page)
  }

  async #current(): Promise<DevReport> {
    const report = (this.#report ??= devReport(this.#options, () => this.#importEntry()))
    try {
      return await report
    } finally {
      if (this.#report === report) this.#report = undefined
    }
  }

  async #importEntry(): Promise<Record<string, unknown>> {
    const { entry } = this.#options
    if (entry === undefined) throw this.#missing()
    return this.#entry.import(entry)
  }
}

function fail(res: ServerResponse, status: number, message: string): void {
  res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${message}\n`)
}
