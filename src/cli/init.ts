import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import pc from 'picocolors'
import { DistillError, printable } from '../errors.ts'
import { unifiedDiff } from '../init/diff.ts'
import { planInit } from '../init/plan-init.ts'
import { writeChanges } from '../init/write-changes.ts'
import { keepStdout, outputOf, print, printJson, say } from './output.ts'
import type { GlobalFlags } from './session.ts'

export interface InitFlags {
  /** Writes without asking. */
  yes?: boolean
}

/** `vite-distill init`. Resolves to the exit code. */
export async function initCommand(flags: GlobalFlags, { yes }: InitFlags, version: string): Promise<number> {
  keepStdout()
  const { json, quiet, redact } = outputOf(flags, 'init')
  const root = resolve(flags.root ?? '.')
  const changes = planInit({ root, config: flags.config, range: `^${version}` })
  const diffs = changes.map((change) => ({ file: change.path, diff: unifiedDiff(change).join('\n') }))
  if (!quiet) say(diffs.flatMap(({ diff }) => diff.split('\n').map(coloured)))
  if (changes.length > 0) {
    await confirmed(changes.length, yes)
    writeChanges(root, changes)
  }
  if (json) printJson({ changes: diffs }, redact)
  else if (!quiet)
    print(changes.length === 0 ? ['nothing to change: vite-distill is in this app'] : nextSteps(root))
  return 0
}

function coloured(line: string): string {
  const text = printable(line.replace(/\r$/, ''))
  if (/^(---|\+\+\+) /.test(text)) return pc.bold(text)
  if (text.startsWith('+')) return pc.green(text)
  if (text.startsWith('-')) return pc.red(text)
  return text.startsWith('@@') ? pc.cyan(text) : text
}

/** @throws {DistillError} `CHANGES_UNCONFIRMED` */
async function confirmed(files: number, yes = false): Promise<void> {
  if (yes) return
  // The question is printed on stderr and answered on stdin: both must be a terminal.
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new DistillError('CHANGES_UNCONFIRMED', 'nothing was changed: there is nobody to ask', {
      hint: 'Make these changes with `--yes`.',
    })
  }
  const { confirm } = await import('@clack/prompts')
  const message = files === 1 ? 'Change this file?' : `Change these ${files} files?`
  if ((await confirm({ message, output: process.stderr })) !== true)
    throw new DistillError('CHANGES_UNCONFIRMED', 'nothing was changed')
}

/** Package managers by their lock files. */
const managers: Record<string, { install: string; exec: string }> = {
  'pnpm-lock.yaml': { install: 'pnpm install', exec: 'pnpm exec' },
  'yarn.lock': { install: 'yarn install', exec: 'yarn' },
  'bun.lock': { install: 'bun install', exec: 'bunx' },
}

function nextSteps(root: string): string[] {
  const lock = Object.keys(managers).find((file) => existsSync(join(root, file)))
  const { install, exec } = managers[lock ?? ''] ?? { install: 'npm install', exec: 'npx' }
  return [
    `${pc.green('✓')} vite-distill is in this app. Next:`,
    `  ${install}`,
    `  ${exec} vite build      # the app, and its pages as files`,
    `  ${exec} vite preview    # serves these as a bucket's website would`,
    'To publish them, name a target: https://github.com/vite-distill/vite-distill/blob/main/docs/publish.md',
  ]
}
