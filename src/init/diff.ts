import { applyEdits, type Change, type Edit, inOrder } from './edit.ts'

/** Lines of a file that others take the place of. */
interface Block {
  /** The first of them, from 0. */
  line: number
  removed: string[]
  added: string[]
}

/** How many lines around a change are shown, as in `diff -u`. */
const context = 3

/** A change as a unified diff. */
export function unifiedDiff({ path, before, edits }: Change): string[] {
  const lines = linesOf(before ?? '')
  const blocks =
    before === undefined
      ? [{ line: 0, removed: [], added: linesOf(applyEdits('', edits)) }]
      : spansOf(before, edits).map((span) => withoutCommon(blockOf(before, span)))
  let shift = 0
  const hunks = inHunks(blocks).flatMap((hunk) => {
    const shown = hunkLines(hunk, lines, shift)
    for (const { removed, added } of hunk) shift += added.length - removed.length
    return shown
  })
  return [before === undefined ? '--- /dev/null' : `--- a/${path}`, `+++ b/${path}`, ...hunks]
}

const linesOf = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))

/** Whole lines of a text, and the edits in them. */
interface Span {
  start: number
  end: number
  edits: Edit[]
}

/** The lines that edits touch. Two edits of one line are in one span. */
function spansOf(text: string, edits: readonly Edit[]): Span[] {
  const spans: Span[] = []
  for (const edit of inOrder(edits)) {
    const newline = text.indexOf('\n', edit.until ?? edit.at)
    const start = edit.at === 0 ? 0 : text.lastIndexOf('\n', edit.at - 1) + 1
    const end = newline === -1 ? text.length : newline
    const last = spans.at(-1)
    if (last && start <= last.end) {
      last.edits.push(edit)
      last.end = Math.max(last.end, end)
    } else spans.push({ start, end, edits: [edit] })
  }
  return spans
}

function blockOf(text: string, { start, end, edits }: Span): Block {
  const before = text.slice(start, end)
  const moved = edits.map(({ at, until = at, text }) => ({ at: at - start, until: until - start, text }))
  const after = applyEdits(before, moved)
  return {
    line: linesOf(text.slice(0, start)).length,
    // After the last line there is none.
    removed: start === text.length ? [] : before.split('\n'),
    added: end === text.length ? linesOf(after) : after.split('\n'),
  }
}

/** Without the lines at both ends that stay as they are. */
function withoutCommon({ line, removed, added }: Block): Block {
  const most = Math.min(removed.length, added.length)
  let first = 0
  while (first < most && removed[first] === added[first]) first++
  let last = 0
  while (last < most - first && removed.at(-1 - last) === added.at(-1 - last)) last++
  return {
    line: line + first,
    removed: removed.slice(first, removed.length - last),
    added: added.slice(first, added.length - last),
  }
}

/** Blocks whose contexts touch are shown together. */
function inHunks(blocks: readonly Block[]): Block[][] {
  const hunks: Block[][] = []
  for (const block of blocks) {
    const last = hunks.at(-1)?.at(-1)
    if (last && block.line - (last.line + last.removed.length) <= 2 * context) hunks.at(-1)!.push(block)
    else hunks.push([block])
  }
  return hunks
}

/** @param shift How many more lines the new file has before this hunk */
function hunkLines(blocks: readonly Block[], lines: readonly string[], shift: number): string[] {
  const first = Math.max(0, blocks[0]!.line - context)
  const shown: string[] = []
  let at = first
  let added = 0
  for (const block of blocks) {
    shown.push(...lines.slice(at, block.line).map((line) => ` ${line}`))
    shown.push(...block.removed.map((line) => `-${line}`), ...block.added.map((line) => `+${line}`))
    at = block.line + block.removed.length
    added += block.added.length - block.removed.length
  }
  const end = Math.min(lines.length, at + context)
  shown.push(...lines.slice(at, end).map((line) => ` ${line}`))
  const count = end - first
  const range = (start: number, count: number) => `${count === 0 ? start : start + 1},${count}`
  return [`@@ -${range(first, count)} +${range(first + shift, count + added)} @@`, ...shown]
}
