/** Text that goes into a file at a position, in place of what is there up to `until`. */
export interface Edit {
  at: number
  /** Default: `at`. */
  until?: number
  text: string
}

/** What is to become of a file. */
export interface Change {
  /** From the root, `/`-separated. */
  path: string
  /** Undefined for a new file. */
  before: string | undefined
  edits: readonly Edit[]
}

/** The text with its edits. The rest of it stays as it is, byte for byte. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = ''
  let position = 0
  for (const { at, until = at, text: inserted } of inOrder(edits)) {
    result += text.slice(position, at) + inserted
    position = until
  }
  return result + text.slice(position)
}

export const inOrder = (edits: readonly Edit[]): Edit[] => edits.toSorted((a, b) => a.at - b.at)

/** A new file. */
export const newFile = (path: string, text: string): Change => ({
  path,
  before: undefined,
  edits: [{ at: 0, text }],
})
