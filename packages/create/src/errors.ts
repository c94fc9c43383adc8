/** What was asked for cannot be done. Nothing was written. */
export class UsageError extends Error {
  readonly hint: string

  constructor(message: string, hint = 'See `npm create vite-distill@latest -- --help`.') {
    super(message)
    this.name = 'UsageError'
    this.hint = hint
  }
}
