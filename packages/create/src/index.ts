#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { answer } from './answer.ts'
import { UsageError } from './errors.ts'
import { version } from './package.ts'
import { packageManager } from './package-manager.ts'
import { createSite } from './site.ts'
import { templates } from './templates.ts'

const help = `Usage: npm create vite-distill@latest [folder] -- [--template <name>]

Starts a server-rendered Vite app that is distilled to static files.

Options:
  -t, --template <name>  ${Object.keys(templates).join(', ')}
  -v, --version          Print the version
  -h, --help             Print this help

Folder and template are asked for at a terminal. Without one, give both.`

async function main(args: string[]): Promise<void> {
  const given = read(args)
  if (given.help) return console.log(help)
  if (given.version) return console.log(`create-vite-distill/${version}`)
  const asked = await answer(given, Boolean(process.stdin.isTTY && process.stdout.isTTY))
  if (!asked) {
    process.exitCode = 130
    return
  }
  const { folder, name } = await createSite(asked, process.cwd())
  const { install, run } = packageManager(process.env.npm_config_user_agent)
  console.log(
    [
      `\nCreated \`${name}\` from the template ${asked.template}. Next:\n`,
      ...(folder === '' ? [] : [`  cd ${/^[\w./-]+$/.test(folder) ? folder : JSON.stringify(folder)}`]),
      `  ${install}`,
      `  ${run} dev\n`,
    ].join('\n'),
  )
}

interface Given {
  folder?: string | undefined
  template?: string | undefined
  help: boolean
  version: boolean
}

/** @throws {UsageError} if an argument is not understood */
function read(args: string[]): Given {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        template: { type: 'string', short: 't' },
        version: { type: 'boolean', short: 'v', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (positionals.length > 1) throw new UsageError(`unexpected argument \`${positionals[1]}\``)
    return { folder: positionals[0], ...values }
  } catch (error) {
    // The rest of Node's message is about its own functions.
    throw new UsageError((error as Error).message.replace(/\. To specify.*/s, '').replaceAll("'", '`'))
  }
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`✗ ${error.message}\n  ${error.hint}`)
    process.exitCode = 2
  } else if (error instanceof Error && 'syscall' in error) {
    console.error(`✗ the app cannot be written: ${error.message}`)
    process.exitCode = 1
  } else throw error
}
