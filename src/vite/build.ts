import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { BuildEnvironment, Environment, ResolvedConfig, Rolldown, ViteBuilder } from 'vite'
import { DistillError, describeError, withoutCommands } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { checkLinks } from '../public-files.ts'
import { mergeServerAssets } from '../render/assets.ts'
import {
  type BuildRecord,
  findBuild,
  recordBuild,
  recordDistilled,
  requireBuild,
  undistilled,
} from '../build-record.ts'
import { buildDirOf, isClientDir } from './config.ts'
import { configFiles } from './config-files.ts'
import { publishedSite } from './published.ts'
import { relativeBaseWarning } from './relative-base.ts'
import { appEnv, envNames } from './app-env.ts'
import { summarize } from '../render/summary.ts'
import { redactor } from '../secrets.ts'
import { refuseServerInClient } from './server-in-client.ts'
import { writePreloads } from './preloads.ts'
import { writeTemplate } from './template.ts'
import { bundlesOnly } from './bundle.ts'

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
    if (name === 'client') this.#record({ client: dir })
    else if (name === 'ssr') {
      const entry = entryOf(bundle, this.#options.entry)
      if (!entry) return
      this.#record({ server: join(dir, entry), serverDir: dir })
    } else return
    this.#written.add(name)
    const { client, serverDir } = findBuild(this.#options)
    // Now, and not only before it distils: another plugin may bundle the server's output again.
    if (client === undefined || serverDir === undefined) return
    writeTemplate(client, serverDir)
    writePreloads(client, serverDir, this.#options.base)
  }

  /** Called before any plugin's `buildApp`. */
  buildAppStart(): void {
    this.#buildAppRuns = true
  }

  /**
   * Builds the environments that no other plugin has built, then distils. `vite build --outDir dist/client` builds the
   * client: it is the first of the two commands of Vite's SSR guide.
   */
  async buildApp(builder: ViteBuilder): Promise<void> {
    const { inlineConfig, build } = builder.config
    const clientOnly = isClientDir(inlineConfig.build?.outDir ?? '') && !build.watch
    const watchers = await this.#buildAll(builder, clientOnly)
    if (watchers.length > 0) this.#watch(watchers)
    else if (clientOnly) await this.#distillIfLast('client')
    else if (findBuild(this.#options).client === undefined) this.#logClientMissing()
    else await this.#distill()
  }

  /**
   * Distils after `vite.build()` from JavaScript, which never calls `buildApp`: after the second of the client's and
   * the server's build. If only the server is built again, the client of an earlier build is used.
   */
  async closeBundle({ name }: Environment): Promise<void> {
    if (this.#buildAppRuns || !this.#written.delete(name)) return
    await this.#distillIfLast(name)
  }

  /** Distils after a build of the client or the server alone, if the other one is not still to come. */
  async #distillIfLast(name: string): Promise<void> {
    const { client, server } = findBuild(this.#options)
    if (client === undefined) return this.#logClientMissing()
    if (server === undefined || (name === 'client' && !undistilled(this.#options).has('server'))) {
      this.#config.logger.info(
        'The client is built; its pages are distilled once the server is built, too: `vite build --ssr`.',
      )
    } else await this.#distill()
  }

  async #buildAll(builder: ViteBuilder, clientOnly: boolean): Promise<Rolldown.RolldownWatcher[]> {
    const all = Object.values(builder.environments).filter(({ name }) => !clientOnly || name === 'client')
    // Vite builds every environment unless a plugin has built one; then it leaves the others to that plugin.
    const ours = all.some(({ isBuilt }) => isBuilt)
      ? all.filter(({ name }) => name === 'client' || name === 'ssr')
      : all
    const watchers: Rolldown.RolldownWatcher[] = []
    for (const environment of ours) {
      if (environment.isBuilt) continue
      if (environment.name === 'client' && !hasClient(environment.config)) this.#copyPublic(environment)
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
    const { logger, logLevel, mode, envDir, root, base } = this.#config
    const build = requireBuild(this.#options)
    if (undistilled(this.#options).size === 2) recordDistilled(this.#options)
    mergeServerAssets(build)
    if (bundlesOnly(this.#config.plugins)) return
    const quiet = logLevel !== undefined && logLevel !== 'info'
    // Every command loads this plugin with the Vite config, and few of them render.
    const [{ distill }, { distilledReport, failureOf }, { tellCi }] = await Promise.all([
      import('../render/distill.ts'),
      import('../ci/report.ts'),
      import('../ci/tell.ts'),
    ])
    const ci = {
      command: 'build',
      outDir: this.#options.outDir,
      quiet,
      silent: logLevel === 'silent',
      redact: redactor(Object.values(this.#options.publish)),
    }
    const result = await distill({
      options: this.#options,
      build,
      env: appEnv(mode, envDir),
      sources: {
        configFiles: await configFiles(this.#config, this.#options),
        envNames: envNames(mode, envDir),
      },
      published: publishedSite(this.#options),
      quiet,
    }).catch((error: unknown) => {
      tellCi({ lines: [], failure: failureOf(error, root) }, ci)
      throw error
    })
    if (base === '' || base === './') {
      const warning = await relativeBaseWarning(this.#options, build)
      if (warning !== undefined) result.warnings.push(warning)
    }
    for (const notice of result.notices) logger.info(withoutCommands(notice))
    for (const warning of result.warnings) logger.warn(withoutCommands(warning))
    logger.info(withoutCommands(summarize(result, root)))
    tellCi(distilledReport(result, root), ci)
    const dir = movedTo(this.#config, this.#options)
    if (dir !== undefined)
      logger.info(`  The commands of vite-distill find the site with \`--outDir ${dir}\`, too.`)
  }

  #record(built: BuildRecord): void {
    const { mode, envDir } = this.#config
    recordBuild(this.#options, built, { mode, envDir, base: this.#options.base })
  }

  /** Builds the client of an app without an `index.html`: only the files of `public/`. */
  #copyPublic(environment: BuildEnvironment): void {
    const { publicDir, root, build } = environment.config
    const client = resolve(root, build.outDir)
    mkdirSync(client, { recursive: true })
    checkLinks(publicDir, root)
    if (publicDir && existsSync(publicDir)) cpSync(publicDir, client, { recursive: true, dereference: true })
    environment.isBuilt = true
    this.#record({ client })
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

/** The folder to which `--outDir`, and not the config, has moved the site. */
function movedTo(
  { inlineConfig, root }: ResolvedConfig,
  { outDir: siteDir }: ResolvedOptions,
): string | undefined {
  const { outDir, ssr } = inlineConfig.build ?? {}
  const dir = buildDirOf(outDir, Boolean(ssr))
  const isMoved = dir !== 'dist' && siteDir === resolve(root, dir, 'static')
  return isMoved ? dir : undefined
}
