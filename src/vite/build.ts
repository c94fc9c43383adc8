import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Environment, ResolvedConfig, Rolldown, ViteBuilder } from 'vite'
import { DistillError, describeError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { checkLinks } from '../public-files.ts'
import { mergeServerAssets } from '../render/assets.ts'
import { findBuild, recordBuild, requireBuild } from '../build-record.ts'
import { appEnv } from './app-env.ts'
import { summarize } from '../render/summary.ts'
import { refuseServerInClient } from './server-in-client.ts'
import { writeTemplate } from './template.ts'

/** By a site's build record, the environments that this process has built since it last distilled the site. */
const builtSince = new Map<string, Set<string>>()

/** The hooks of one run of Vite's build. It distils once client and server are both built, in whatever way. */
export class Build {
  readonly #config: ResolvedConfig
  readonly #options: ResolvedOptions
  /** Whether `buildApp` runs, which distils at its end. */
  #buildAppRuns = false
  /** Environments that were written since the last `closeBundle`. */
  readonly #written = new Set<string>()

  constructor(config: ResolvedConfig, options: ResolvedOptions) {
    this.#config = config
    this.#options = options
  }

  /** Checks `public/` before Vite copies it, because what a symbolic link leads to would be published. */
  buildStart({ config: { publicDir, root, build } }: Environment): void {
    if (publicDir && build.copyPublicDir) withHint(() => checkLinks(publicDir, root))
  }

  /** Checks what the client build is made of, before it is written. */
  generateBundle(environment: Environment, bundle: Rolldown.OutputBundle): void {
    if (environment.name === 'client')
      withHint(() => refuseServerInClient(environment, bundle, this.#options.entry))
  }

  /** Records where the output of an environment is. */
  writeBundle({ name }: Environment, dir: string, bundle: Rolldown.OutputBundle): void {
    if (name === 'client') recordBuild(this.#options, { client: dir })
    else if (name === 'ssr') {
      const entry = entryOf(bundle, this.#options.entry)
      if (!entry) return
      recordBuild(this.#options, { server: join(dir, entry) })
    } else return
    this.#written.add(name)
    const { client, server } = findBuild(this.#options)
    // Now, and not only before it distils: another plugin may bundle the server's output again.
    if (client !== undefined && server !== undefined) writeTemplate({ client, server })
  }

  /** Called before any plugin's `buildApp`. */
  buildAppStart(): void {
    this.#buildAppRuns = true
  }

  /** Builds the environments that no other plugin has built, then distils. */
  async buildApp(builder: ViteBuilder): Promise<void> {
    const watchers = await this.#buildAll(builder)
    if (watchers.length > 0) this.#watch(watchers)
    else if (findBuild(this.#options).client === undefined) this.#logClientMissing()
    else await this.#distill()
  }

  /**
   * Distils after `vite.build()` from JavaScript, which never calls `buildApp`: after the second of the client's and
   * the server's build. If only the server is built again, the client of an earlier build is used.
   */
  async closeBundle({ name }: Environment): Promise<void> {
    if (this.#buildAppRuns || !this.#written.delete(name)) return
    const { buildFile } = this.#options
    const done = builtSince.get(buildFile) ?? new Set()
    builtSince.set(buildFile, done.add(name))
    const { client, server } = findBuild(this.#options)
    if (client === undefined) return this.#logClientMissing()
    if (server === undefined || (name === 'client' && !done.has('ssr'))) return
    if (done.size === 2) builtSince.delete(buildFile)
    await this.#distill()
  }

  async #buildAll(builder: ViteBuilder): Promise<Rolldown.RolldownWatcher[]> {
    const all = Object.values(builder.environments)
    // Vite builds every environment unless a plugin has built one; then it leaves the others to that plugin.
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

  /** In watch mode, distils whenever all environments have been rebuilt. A failure is logged and does not end the watch. */
  #watch(watchers: readonly Rolldown.RolldownWatcher[]): void {
    /** Watchers that wait for a change after a build that succeeded. */
    const ready = new Set<Rolldown.RolldownWatcher>()
    const failed = new Set<Rolldown.RolldownWatcher>()
    let last = Promise.resolve()
    for (const watcher of watchers) {
      watcher.on('event', ({ code }) => {
        if (code === 'START') {
          ready.delete(watcher)
          failed.delete(watcher)
        } else if (code === 'ERROR') failed.add(watcher)
        // `END` follows an error too.
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
    // Every command loads this plugin with the Vite config, and few of them render.
    const { distill } = await import('../render/distill.ts')
    const build = requireBuild(this.#options)
    mergeServerAssets(build)
    const quiet = logLevel !== undefined && logLevel !== 'info'
    const result = await distill({ options: this.#options, build, env: appEnv(mode, envDir), quiet })
    for (const notice of result.notices) logger.info(notice)
    for (const warning of result.warnings) logger.warn(warning)
    logger.info(summarize(result, root))
  }

  /** Builds the client of an app without an `index.html`: only the files of `public/`. */
  #copyPublic({ publicDir, root, build }: Pick<ResolvedConfig, 'publicDir' | 'root' | 'build'>): void {
    const client = resolve(root, build.outDir)
    mkdirSync(client, { recursive: true })
    checkLinks(publicDir, root)
    if (publicDir && existsSync(publicDir)) cpSync(publicDir, client, { recursive: true, dereference: true })
    recordBuild(this.#options, { client })
  }

  #logClientMissing(): void {
    this.#config.logger.info('The server is built; its pages are distilled once the client is built, too.')
  }
}

/** Rolldown prints the stack of an error in a hook, and no hint: the hint takes the place of the frames. */
function withHint(check: () => void): void {
  try {
    check()
  } catch (error) {
    if (error instanceof DistillError) error.stack = `${error.name}: ${describeError(error)}`
    throw error
  }
}

function entryOf(bundle: Rolldown.OutputBundle, entry: string | undefined): string | undefined {
  const entries = Object.values(bundle).filter((file) => file.type === 'chunk' && file.isEntry)
  const ours = entries.find((file) => file.type === 'chunk' && file.facadeModuleId === entry)
  return (ours ?? entries[0])?.fileName
}

const hasClient = ({ root, build }: Pick<ResolvedConfig, 'root' | 'build'>) =>
  build.rolldownOptions.input !== undefined || existsSync(join(root, 'index.html'))
