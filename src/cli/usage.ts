import { Command, InvalidArgumentError, type ErrorOptions, type HelpContext, type Option } from 'commander'
import { DistillError } from '../errors.ts'

/**
 * A command that refuses whatever it does not understand: publishing deletes, so it must not ignore a slip.
 * Its errors are `DistillError`s with the code `USAGE`.
 */
export class StrictCommand extends Command {
  override createCommand(name?: string): StrictCommand {
    return new StrictCommand(name)
  }

  /** Adds a flag. It is refused without its value and, unless it is repeatable, if it is given twice. */
  override addOption(option: Option): this {
    let given = false
    this.on(`option:${option.name()}`, (value: string) => {
      // `--mode --dry-run` must not publish in a mode called `--dry-run`.
      if (option.required && (value === '' || /^-\D/.test(value)))
        this.error(`option '${option.flags}' argument missing`)
      if (given && option.parseArg !== repeatable) this.error(`option '${option.flags}' was given twice`)
      given = true
    })
    return super.addOption(option)
  }

  override error(message: string, { code = '' }: ErrorOptions = {}): never {
    const [, meant] = /\(Did you mean (?:one of )?(.*)\?\)$/.exec(message) ?? []
    const what =
      code === 'commander.excessArguments'
        ? `unexpected argument '${this.args[this.registeredArguments.length]}'`
        : message.replace(/^error: /, '').replace(/\n.*/, '')
    throw new DistillError('USAGE', what.replaceAll("'", '`'), {
      hint: meant ? `Did you mean ${quoted(meant.split(', ')).join(' or ')}?` : this.#hint(code),
    })
  }

  /** Commander prints the help if there is no command. Here that is an error like the others. */
  override help(context?: unknown): never {
    if ((context as HelpContext | undefined)?.error)
      this.error('no command was given', { code: 'commander.unknownCommand' })
    return super.help(context as HelpContext)
  }

  #hint(code: string): string {
    if (this.parent) return `See \`${this.parent.name()} ${this.name()} --help\`.`
    if (!code.startsWith('commander.unknown')) return `See \`${this.name()} --help\`.`
    const names = quoted(this.commands.map((command) => command.name()))
    return `There are ${names.join(', ')}; flags of a command come after it. See \`${this.name()} --help\`.`
  }
}

const quoted = (names: readonly string[]) => names.map((name) => `\`${name}\``)

/** Parses a flag that may be given more than once. */
export const repeatable = (value: string, before: readonly string[] = []): string[] => [...before, value]

/** Makes a parser of whole numbers, `least` or more. */
export const wholeNumber =
  (least: number) =>
  (value: string): number => {
    if (/^\d+$/.test(value) && Number(value) >= least) return Number(value)
    throw new InvalidArgumentError(`It must be a whole number, ${least} or more.`)
  }
