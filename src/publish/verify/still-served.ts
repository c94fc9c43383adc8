import { UnverifiedError } from './verify.ts'

/**
 * The error for files that were deleted and are still served, or may be.
 * @param root The public address
 * @param target The storage's name
 */
export function stillServedError(
  { mismatches, cause }: UnverifiedError,
  root: string,
  target: string,
): UnverifiedError {
  const again =
    'Then run `unpublish` again: it verifies once more, and removes the state. `--skip-verify` removes it at once.'
  if (mismatches.length === 0) {
    const why = cause instanceof Error ? `: ${cause.message}` : ''
    return new UnverifiedError(
      `all files in \`${target}\` were deleted, but that is not verified${why}`,
      `Check \`publicUrl\`. ${again}`,
      mismatches,
      cause,
    )
  }
  const shown = mismatches.slice(0, 10).map(({ address }) => `  ${address}`)
  const more = mismatches.length > shown.length ? [`  and ${mismatches.length - shown.length} more`] : []
  return new UnverifiedError(
    [
      `all files in \`${target}\` were deleted, but these addresses still serve them:`,
      ...shown,
      ...more,
    ].join('\n'),
    mismatches.every(({ stale }) => stale)
      ? `A cache in front of the target still has them. Let it expire or purge it. ${again}`
      : `Check \`publicUrl\`: ${root} must be where the target's files are served. ${again}`,
    mismatches,
  )
}
