import { resolve } from 'node:path'
import { isCancel, select, text } from '@clack/prompts'
import { UsageError } from './errors.ts'
import { refuseOccupied } from './folder.ts'
import { packageName } from './package-name.ts'
import { isTemplate, type Template, templates } from './templates.ts'

/** What a site is made of. */
export interface Site {
  /** From the current folder. */
  folder: string
  template: Template
}

/**
 * Asks at a terminal for what the command line lacks. Resolves to nothing if the questions are cancelled.
 * @throws {UsageError} if something is missing and there is nobody to ask, or if what was given is wrong
 */
export async function answer(
  given: { folder?: string | undefined; template?: string | undefined },
  isTerminal: boolean,
): Promise<Site | undefined> {
  const names = Object.keys(templates).join(', ')
  if (given.template !== undefined && !isTemplate(given.template))
    throw new UsageError(`there is no template \`${given.template}\``, `There are ${names}.`)
  if (given.folder !== undefined) check(given.folder)
  if (!isTerminal && (given.folder === undefined || given.template === undefined)) {
    throw new UsageError(
      `${given.folder === undefined ? 'the folder' : '`--template`'} is missing, and there is nobody to ask`,
      `For example: npm create vite-distill@latest my-site -- --template vue (there are ${names})`,
    )
  }

  const folder = given.folder ?? (await askFolder())
  if (isCancel(folder)) return undefined
  const template = given.template ?? (await askTemplate())
  return isCancel(template) ? undefined : { folder, template }
}

function check(folder: string): void {
  packageName(resolve(folder))
  refuseOccupied(folder)
}

const askFolder = () =>
  text({
    message: 'In which folder?',
    defaultValue: 'my-site',
    placeholder: 'my-site',
    validate(folder) {
      try {
        check(folder || 'my-site')
        return undefined
      } catch (error) {
        return (error as Error).message
      }
    },
  })

const askTemplate = () =>
  select<Template>({
    message: 'With which framework?',
    options: Object.entries(templates).map(([value, label]) => ({ value: value as Template, label })),
  })
