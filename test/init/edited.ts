import { applyEdits, type Edit } from '../../src/init/edit.ts'
import { parseSource, type Source } from '../../src/init/source.ts'

/** A text after the edits that a function makes of its syntax tree. */
export const edited = (path: string, text: string, edit: (source: Source) => Edit[]): string =>
  applyEdits(text, edit(parseSource(path, text)))

/** What an error says, with what to do. */
export function failureOf(run: () => unknown): { code: unknown; message: unknown; hint: unknown } {
  try {
    run()
  } catch (error) {
    const { code, message, hint } = error as Record<string, unknown>
    return { code, message, hint }
  }
  throw new Error('it did not fail')
}
