import type { Change } from './edit.ts'

/** Adds the folder of the build to `.gitignore`, where no line has it. */
export function ignoreBuild(text: string, outDir: string): Change {
  const folder = outDir.replace(/^\.\//, '').replace(/\/+$/, '')
  const isIgnored = text.split(/\r?\n/).some(
    (line) =>
      line
        .trim()
        .replace(/^(\*\*)?\/|\/?(\*\*?)?$/g, '')
        .replace(/\/$/, '') === folder,
  )
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const start = text === '' || text.endsWith('\n') ? '' : eol
  return {
    path: '.gitignore',
    before: text,
    edits: isIgnored ? [] : [{ at: text.length, text: `${start}${folder}${eol}` }],
  }
}
