import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Environment, ResolvedConfig, Rolldown, ViteBuilder } from 'vite'
import { describeError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { checkLinks } from '../public-files.ts'
import { mergeServerAssets } from '../render/assets.ts'
import { findBuild, recordBuild, requireBuild } from '../build-record.ts'
import { distill } from '../render/distill.ts'
import { appEnv } from './app-env.ts'
import { summarize } from '../render/summary.ts'
import { writeTemplate } from './template.ts'

/** Which environments each site has had built in this process since it was last distilled, by its build record. */
const built = new Map<string, Set<string>>()

/** One run of Vite's build: it distils when client and server are both there, however they came about. */
export class Build {
  readonly #config: ResolvedConfig
  readonly #options: ResolvedOptions
  /** True once `buildApp` has begun, which distils at its end. */
  #whole = false
  /** Environments whose output has been written and not been distilled yet. */
  readonly #written = new Set<string>()

  constructor(config: ResolvedConfig, options: ResolvedOptions) {
    this.#config = config
    this.#options = options
  }

  /** Before Vite copies `public/`, since what a link in it leads to would be published, however large it is. */
  begin({ config: { publicDir, root, build } }: Environment): void {
    if (publicDir && build.copyPublicDir) checkLinks(publicDir, root)
  }

  /** Notes where the output of an environment went. */
  wrote({ name }: Environment, dir: string, bundle: Rolldown.OutputBundle): void {
    if (name === 'client') recordBuild(this.#options, { client: dir })
    else if (name === 'ssr') {
      const entry = entryOf(bundle, this.#options.entry)
      if (!entry) return
      recordBuild(this.#options, { server: join(dir, entry) })
    } else return
    this.#written.add(name)
    const { client, server } = findBuild(this.#options)
    // At once, and not only when it distils: another plugin may bundle the server's output once more.
    if (client !== undefined && server !== undefined) writeTemplate({ client, server })
  }

  /** Called when `buildApp` begins. */
  expectWhole(): void {
    this.#whole = true
  }

  /** Builds what nobody has built yet, then distils. */
  async whole(builder: ViteBuilder): Promise<void> {
    const watchers = await this.#buildAll(builder)
    if (watchers.length > 0) this.#follow(watchers)
    else if (findBuild(this.#options).client === undefined) this.#sayClientMissing()
    else await this.#distill()
  }

  /**
   * `vite.build()` from JavaScript, once for the client and once for the server, never builds the whole: the
   * second of the two distils. Where only the server is built anew, the client that is there will do.
   */
  async closed({ name }: Environment): Promise<void> {
    if (this.#whole || !this.#written.delete(name)) return
    const { buildFile } = this.#options
    const done = built.get(buildFile) ?? new Set()
    built.set(buildFile, done.add(name))
    const { client, server } = findBuild(this.#options)
    if (client === undefined) return this.#sayClientMissing()
    if (server === undefined || (name === 'client' && !done.has('ssr'))) return
    if (done.size === 2) built.delete(buildFile)
    await this.#distill()
  }

  async #buildAll(builder: ViteBuilder): Promise<Rolldown.RolldownWatcher[]> {
    const all = Object.values(builder.environments)
    // Vite builds every environment where nobody has built any; once one is built it leaves the rest to its builder.
    const ours = all.some(({ isBuilt }) => isBuilt)
      ? all.filter(({ name }) => name === 'client' || name === 'ssr')
      : all
    const watchers: Rolldown.RolldownWatcher[] = []
    for (const environment of ours) {
      if (environment.isBuilt) continue
      if (environment.name === 'client' && !hasClient(environment.config))
        this.#copyPublic(environment.config)
      else {
        const output = await builder.build(environment)
        if ('close' in output) watchers.push(output)
      }
    }
    return watchers
  }

  /** In watch mode, distils whenever all environments have been rebuilt. A failure is told and the watch goes on. */
  #follow(watchers: readonly Rolldown.RolldownWatcher[]): void {
    /** Those that are between two builds, of which the last went well. */
    const ready = new Set<Rolldown.RolldownWatcher>()
    const failed = new Set<Rolldown.RolldownWatcher>()
    let last = Promise.resolve()
    for (const watcher of watchers) {
      watcher.on('event', ({ code }) => {
        if (code === 'START') {
          ready.delete(watcher)
          failed.delete(watcher)
        } else if (code === 'ERROR') failed.add(watcher)
        // It comes after an error, too.
        else if (code === 'END' && !failed.has(watcher)) {
          ready.add(watcher)
          if (ready.size < watchers.length) return
          last = last
            .then(() => this.#distill())
            .catch((error: unknown) => this.#config.logger.error(describeError(error)))
        }
      })
    }
  }

  async #distill(): Promise<void> {
    const { logger, logLevel, mode, envDir, root } = this.#config
    const build = requireBuild(this.#options)
    mergeServerAssets(build)
    const quiet = logLevel !== undefined && logLevel !== 'info'
    const result = await distill({ options: this.#options, build, env: appEnv(mode, envDir), quiet })
    for (const notice of result.notices) logger.info(notice)
    for (const warning of result.warnings) logger.warn(warning)
    logger.info(summarize(result, root))
  }

  /** The client of an app without an `index.html`: what is in `public/`. */
  #copyPublic({ publicDir, root, build }: Pick<ResolvedConfig, 'publicDir' | 'root' | 'build'>): void {
    const client = resolve(root, build.outDir)
    mkdirSync(client, { recursive: true })
    checkLinks(publicDir, root)
    if (publicDir && existsSync(publicDir)) cpSync(publicDir, client, { recursive: true, dereference: true })
    recordBuild(this.#options, { client })
  }

  #sayClientMissing(): void {
    this.#config.logger.info('The server is built; its pages are distilled once the client is built, too.')
  }
}

function entryOf(bundle: Rolldown.OutputBundle, entry: string | undefined): string | undefined {
  const entries = Object.values(bundle).filter((file) => file.type === 'chunk' && file.isEntry)
  const ours = entries.find((file) => file.type === 'chunk' && file.facadeModuleId === entry)
  return (ours ?? entries[0])?.fileName
}

const hasClient = ({ root, build }: Pick<ResolvedConfig, 'root' | 'build'>) =>
  build.rolldownOptions.input !== undefined || existsSync(join(root, 'index.html'))
