import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { messageOf, printable } from '../errors.ts'
import { annotations, appendSummary } from './github.ts'
import { collapsedSection } from './gitlab.ts'
import { toMarkdown } from './markdown.ts'
import type { Report } from './report.ts'

/** Which command a report is of, and how much of it is printed. */
export interface CiOutput {
  /** The name of the command, `build` for `vite build`; undefined before it is known. */
  command: string | undefined
  /** Where the site is; undefined before it is known. */
  outDir: string | undefined
  /** Only warnings and errors are printed. */
  quiet: boolean
  /** Nothing is printed. */
  silent: boolean
  /** Takes secrets out of a text. */
  redact: (text: string) => string
}

/**
 * Tells CI what a command did. On GitHub: annotations, and a part of the step's summary. On GitLab: a collapsed
 * section with the changes, and the file `<outDir>.<command>.md`. Elsewhere: nothing. It never fails: a file that
 * cannot be written is a warning.
 */
export function tellCi(
  { notices, ...report }: Report,
  { command: name, outDir, quiet, silent, redact }: CiOutput,
  env: NodeJS.ProcessEnv = process.env,
): void {
  const command = name === 'build' ? 'vite build' : ['vite-distill', name].filter(Boolean).join(' ')
  const markdown = () => toMarkdown({ notices, ...report }, command, redact)
  const lines: string[] = []
  const warn = (what: string, why: string) => {
    if (!silent) lines.push(printable(redact(`${what} was not written: ${why}`)))
  }

  if (env.GITHUB_ACTIONS === 'true') {
    const { GITHUB_STEP_SUMMARY: file, GITHUB_WORKSPACE: workspace = process.cwd() } = env
    const shown = quiet ? report : { notices, ...report }
    if (!silent) lines.push(...annotations(shown, command, { workspace, redact }))
    const why = file ? appendSummary(file, markdown()) : undefined
    if (why !== undefined) warn("the step's summary", why)
  }
  if (env.GITLAB_CI) {
    const { changes = [] } = report
    if (!quiet && changes.length > 0) lines.push(...collapsedSection(changes, command, redact))
    const file = name && outDir && `${outDir}.${name}.md`
    try {
      if (file) {
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, markdown())
      }
    } catch (error) {
      warn(`\`${file}\``, messageOf(error))
    }
  }
  // GitHub reads commands from both streams, and stdout is for the command's result.
  if (lines.length > 0) process.stderr.write(`${lines.join('\n')}\n`)
}
