#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { cac } from 'cac'
import { tellFailure } from './output.ts'
import type { PublishCommandFlags } from './publish.ts'
import type { RenderCommandFlags } from './render.ts'
import { Session, type GlobalFlags } from './session.ts'
import { checkUsage } from './usage.ts'

const cli = cac('vite-distill')
let session = new Session({})

cli
  .option('-c, --config <file>', 'Use this Vite config')
  .option('-m, --mode <mode>', "Vite's mode (default: production)")
  .option('-l, --logLevel <level>', 'info | warn | error | silent')
  .option('--root <folder>', "The app's folder (default: the current one)")

cli
  .command('publish [target]', 'Make a target hold just the site that was last built')
  .option('--yes, --force', 'Delete without asking')
  .option('--dry-run', 'Only show what would be done')
  .option('--verify <which>', 'Check these through the public address: changed (default) or all')
  .option('--skip-verify', "Don't check through the public address")
  .option('--ignore-remote-content', 'Upload everything, delete nothing')
  .option('--exclude-assets', 'Leave assets alone')
  .option('--adopt', 'Take what no publish wrote for part of the site: delete what is not')
  .option('--allow-older', 'Publish even over what was built later')
  .option('--max-deletes <n>', 'Refuse to delete more than this (default: a quarter, at least 256)')
  .option('--concurrency <n>', 'Requests at a time (default: 32)')
  .option('--json', 'Print what was done as JSON')
  .option('--quiet', 'Say nothing but errors')
  .action(async (target: string | undefined, flags: PublishCommandFlags) => {
    const { publishCommand } = await import('./publish.ts')
    return publishCommand(session, target, flags)
  })

cli
  .command('test-publish [target]', 'Try a target: write, read back through the public address, delete')
  .option('--json', 'Print what was found as JSON')
  .option('--quiet', 'Say nothing but errors')
  .action(async (target: string | undefined) => {
    const { testPublishCommand } = await import('./publish.ts')
    return testPublishCommand(session, target)
  })

cli
  .command('render', 'Distil the app as it was last built, without building it')
  .option('--only <glob>', 'Only pages whose URL matches, such as posts/*; the rest stays (repeatable)')
  .option('--json', 'Print what was done as JSON')
  .option('--quiet', 'Say nothing but warnings and errors')
  .action(async (flags: RenderCommandFlags) => {
    const { renderCommand } = await import('./render.ts')
    return renderCommand(session, flags)
  })

cli
  .command('urls', 'List every page that would be distilled, and its file')
  .option('--json', 'As JSON, with the route and params of each')
  .action(async () => {
    const { urlsCommand } = await import('./render.ts')
    return urlsCommand(session)
  })

cli
  .command('unlock [target]', 'Remove the lock that a publish which died has left')
  .option('--json', 'Print what was found as JSON')
  .option('--quiet', 'Say nothing but errors')
  .action(async (target: string | undefined) => {
    const { unlockCommand } = await import('./publish.ts')
    return unlockCommand(session, target)
  })

cli.help()
cli.version(
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string })
    .version,
)

async function main(): Promise<number> {
  try {
    cli.parse(process.argv, { run: false })
    session = new Session(cli.options as GlobalFlags)
    if (cli.options.help || cli.options.version) return 0
    checkUsage(cli)
    return await (cli.runMatchedCommand() as Promise<number>)
  } catch (error) {
    return tellFailure(error, session)
  }
}

const code = await main()
// What a config or a plugin left open must not keep a finished command from ending.
for (const stream of [process.stdout, process.stderr])
  await new Promise((resolve) => stream.write('', resolve))
process.exit(code)
