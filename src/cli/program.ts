import { readFileSync } from 'node:fs'
import { Option } from 'commander'
import type { PublishFlags } from '../publish/options.ts'
import type { RollbackFlags } from '../publish/rollback.ts'
import type { UnpublishFlags } from '../publish/unpublish-result.ts'
import type { CheckFlags } from './check.ts'
import type { InitFlags } from './init.ts'
import type { PlanFlags } from './plan.ts'
import type { RenderFlags } from './render.ts'
import type { ReportFlags } from './report.ts'
import type { GlobalFlags, Session } from './session.ts'
import { repeatable, StrictCommand, wholeNumber } from './usage.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const program = new StrictCommand('vite-distill')
  .description('Distil a server-rendered Vite app into a static site and publish it.')
  .version(
    `vite-distill/${version} ${process.platform}-${process.arch} node-${process.version}`,
    '-v, --version',
    'Print the version',
  )
  .helpOption('-h, --help', 'Print this help')
  .helpCommand(false)
  .configureHelp({ showGlobalOptions: true })
  .option('-c, --config <file>', 'Vite config to use')
  .option(
    '-m, --mode <mode>',
    "Vite's mode (default: that of the build for render, merge and urls, else production)",
  )
  .option('--root <folder>', 'Folder of the app (default: the current one)')
  .option('--outDir <folder>', "Vite's --outDir, if `vite build` had one")
  .addOption(
    new Option('-l, --logLevel <level>', 'How much to print; info adds stacks to errors').choices([
      'info',
      'warn',
      'error',
      'silent',
    ]),
  )
  .option('--json', 'Print the result as one JSON document')
  .option('--quiet', 'Print only warnings and errors')
  .addHelpText(
    'after',
    `
Examples:
  vite-distill publish s3-prod --dry-run
  vite-distill render --only 'posts/*' --only index`,
  )

program
  .command('publish [target]')
  .description('Make a target hold exactly the site that was last built')
  .option('--yes', 'Delete, and overwrite unmanaged objects, without asking')
  .addOption(new Option('--force', 'The same as --yes').implies({ yes: true }))
  .option('--dry-run', 'Only show what would be done')
  .addOption(
    new Option('--verify <which>', 'Check these files through the public address (default: changed)').choices(
      ['changed', 'all'],
    ),
  )
  .addOption(new Option('--skip-verify', 'Check nothing through the public address').conflicts('verify'))
  .addOption(
    new Option('--only <glob>', 'Publish only pages whose path matches: posts/*, 2024, index (repeatable)')
      .argParser(repeatable)
      .conflicts(['adopt', 'ignoreRemoteContent', 'excludeAssets', 'maxDeletes']),
  )
  .option('--ignore-remote-content', 'Upload everything and delete nothing')
  .option('--exclude-assets', 'Neither upload nor delete assets')
  .addOption(
    new Option('--adopt', 'Also delete objects that no publish wrote').conflicts('ignoreRemoteContent'),
  )
  .option('--allow-older', 'Publish even if the target holds a later build')
  .option(
    '--max-deletes <n>',
    'Refuse to delete more (default: a quarter of the site, at least 256; a quarter of its pages, at least 5)',
    wholeNumber(0),
  )
  .option('--concurrency <n>', 'The most requests at a time (default: 128)', wholeNumber(1))
  .option(
    '--wait [seconds]',
    'Wait until another publish has ended, at most so long (default: no limit)',
    wholeNumber(0),
  )
  .action((target: string | undefined, flags: PublishFlags) =>
    run(async (session) => (await import('./publish.ts')).publishCommand(session, target, flags)),
  )

program
  .command('releases [target]')
  .description('List what a target can be rolled back to')
  .action((target: string | undefined) =>
    run(async (session) => (await import('./releases.ts')).releasesCommand(session, target)),
  )

program
  .command('rollback [target]')
  .argument(
    '[release]',
    'Number of the release (default: the newest that is not what the target holds)',
    wholeNumber(1),
  )
  .description('Put back what a target held after an earlier publish')
  .option('--yes', 'Delete, and overwrite unmanaged objects, without asking')
  .addOption(new Option('--force', 'The same as --yes').implies({ yes: true }))
  .option('--dry-run', 'Only show what would be done')
  .addOption(
    new Option('--verify <which>', 'Check these files through the public address (default: changed)').choices(
      ['changed', 'all'],
    ),
  )
  .addOption(new Option('--skip-verify', 'Check nothing through the public address').conflicts('verify'))
  .option('--max-deletes <n>', 'Refuse to delete more (default: as for publish)', wholeNumber(0))
  .option('--concurrency <n>', 'The most requests at a time (default: 128)', wholeNumber(1))
  .option(
    '--wait [seconds]',
    'Wait until another publish has ended, at most so long (default: no limit)',
    wholeNumber(0),
  )
  .action((target: string | undefined, release: number | undefined, flags: RollbackFlags) =>
    run(async (session) => (await import('./rollback.ts')).rollbackCommand(session, target, release, flags)),
  )

program
  .command('unpublish <target>')
  .description('Remove from a target what publishes wrote there, and nothing else')
  .option('--yes', 'Delete without asking')
  .addOption(new Option('--force', 'The same as --yes').implies({ yes: true }))
  .option('--dry-run', 'Only show what would be done')
  .option('--skip-verify', 'Check nothing through the public address')
  .option('--concurrency <n>', 'The most requests at a time (default: 128)', wholeNumber(1))
  .option(
    '--wait [seconds]',
    'Wait until another publish has ended, at most so long (default: no limit)',
    wholeNumber(0),
  )
  .action((target: string, flags: UnpublishFlags) =>
    run(async (session) => (await import('./unpublish.ts')).unpublishCommand(session, target, flags)),
  )

program
  .command('test-publish [target]')
  .description('Write an object to a target, read it through the public address, delete it')
  .action((target: string | undefined) =>
    run(async (session) => (await import('./test-publish.ts')).testPublishCommand(session, target)),
  )

program
  .command('unlock [target]')
  .description('Remove the lock that an interrupted publish left in a target')
  .action((target: string | undefined) =>
    run(async (session) => (await import('./unlock.ts')).unlockCommand(session, target)),
  )

program
  .command('render')
  .description('Distil the app again from its last build')
  .option(
    '--only <glob>',
    'Render only pages whose path matches: posts/*, 2024, index, ** (repeatable)',
    repeatable,
  )
  .option('--force', 'Render also the pages that would be kept, because they have not changed')
  .option('--verify', 'Render a second time, one page at a time, and fail if a page differs')
  .addOption(
    new Option(
      '--shard <i/n>',
      'Render a part of the plan into one file: 1/4; auto, as the job engine says',
    ).conflicts(['only', 'force', 'verify']),
  )
  .action((flags: RenderFlags) =>
    run(async (session) => (await import('./render.ts')).renderCommand(session, flags)),
  )

program
  .command('plan')
  .description('Bundle the app and list its pages for shards, without rendering')
  .option('--no-build', 'Take the bundle that is there')
  .option('--force', 'Keep no page of the last build')
  .action((flags: PlanFlags) =>
    run(async (session) => (await import('./plan.ts')).planCommand(session, flags)),
  )

program
  .command('merge [files...]')
  .description('Make the site of its shards (default: those beside the plan)')
  .action((files: string[]) =>
    run(async (session) => (await import('./merge.ts')).mergeCommand(session, files)),
  )

program
  .command('check')
  .description('Audit the links and ids of the site that was last built')
  .option('--external', 'Also ask the addresses of other sites, and report those that lead nowhere')
  .action((flags: CheckFlags) =>
    run(async (session) => (await import('./check.ts')).checkCommand(session, flags)),
  )

program
  .command('report [target]')
  .description('Tell where the page of the last build is; with a target, add what publishing would do')
  .option('--open', 'Open the page in the browser')
  .action((target: string | undefined, flags: ReportFlags) =>
    run(async (session) => (await import('./report.ts')).reportCommand(session, target, flags)),
  )

program
  .command('urls')
  .description('List every page that would be distilled, and its file')
  .action(() => run(async (session) => (await import('./urls.ts')).urlsCommand(session)))

program
  .command('init')
  .description('Add vite-distill to the app that is here, and show each change first')
  .option('--yes', 'Make the changes without asking')
  .action(async (flags: InitFlags) => {
    const { initCommand } = await import('./init.ts')
    process.exitCode = await initCommand(program.opts<GlobalFlags>(), flags, version)
  })

/** Their own `write`: a command gives stdout another one, so that only its result is there. */
const writers = [process.stdout, process.stderr].map((stream) => stream.write.bind(stream))

/** Runs a command. The code behind it is imported now and no earlier: help and version need none of it. */
async function run(command: (session: Session) => Promise<number>): Promise<void> {
  const { runCommand } = await import('./session.ts')
  process.exitCode = await runCommand(program.opts<GlobalFlags>(), program.args[0], command)
}

// The reader of a pipe may close it: `vite-distill urls | head -1`. The command goes on, and exits as it would.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}
try {
  await program.parseAsync()
} catch (error) {
  const { outputOf, tellFailure } = await import('./output.ts')
  // A usage error ends the parsing, perhaps before `--json` is reached.
  const json = process.argv.includes('--json')
  process.exitCode = tellFailure(error, outputOf({ ...program.opts<GlobalFlags>(), json }, program.args[0]))
}
// A server or timer that a config or plugin left open must not keep a finished command running.
for (const write of writers) await new Promise<unknown>((resolve) => write('', resolve))
process.exit()
