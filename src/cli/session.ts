import { loadOptions } from '../vite/load-options.ts'
import { DistillError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { redactor } from './secrets.ts'

/** The flags that every command takes, as they were parsed. */
export interface GlobalFlags {
  config?: unknown
  mode?: unknown
  logLevel?: unknown
  root?: unknown
  json?: boolean
  quiet?: boolean
}

const logLevels = ['info', 'warn', 'error', 'silent']

/** One run of a command: how much it says, and what it must never say. */
export class Session {
  readonly json: boolean
  /** Only errors are told. */
  readonly quiet: boolean
  /** Not even those: the exit code tells. */
  readonly silent: boolean
  /** Errors come with the stack of what is underneath. */
  readonly stacks: boolean
  redact: (text: string) => string = redactor([])
  readonly #flags: GlobalFlags

  constructor(flags: GlobalFlags) {
    const { logLevel } = flags
    this.#flags = flags
    this.json = flags.json ?? false
    this.quiet = (flags.quiet ?? false) || (logLevel !== undefined && logLevel !== 'info')
    this.silent = logLevel === 'silent'
    this.stacks = logLevel === 'info'
  }

  /** Vite's mode, which says what `.env` files there are. */
  get mode(): string {
    return this.#flags.mode === undefined ? 'production' : String(this.#flags.mode)
  }

  /** The plugin's options, from the Vite config that the flags name. */
  async loadOptions(): Promise<ResolvedOptions> {
    const { config, mode, root, logLevel } = this.#flags
    if (logLevel !== undefined && !logLevels.includes(logLevel as string)) {
      throw new DistillError('USAGE', `\`--logLevel\` is \`${String(logLevel)}\``, {
        hint: `It may be ${logLevels.map((level) => `\`${level}\``).join(', ')}.`,
      })
    }
    const options = await loadOptions({
      ...(config !== undefined && { config: String(config) }),
      ...(mode !== undefined && { mode: String(mode) }),
      ...(root !== undefined && { root: String(root) }),
    })
    this.redact = redactor(Object.values(options.publish))
    return options
  }
}
