import { DistillError } from '../../errors.ts'

/**
 * The error for pages that only a target has, and that would have to be uploaded.
 * @param why What is wrong, in words that go behind “is not here, ”
 */
export function lostPagesError(keys: readonly string[], why: string): DistillError {
  const pages = keys.length === 1 ? 'a page of the site is' : `${keys.length} pages of the site are`
  const more = keys.length > 10 ? [`and ${keys.length - 10} more`] : []
  const names = [...keys.slice(0, 10).map((key) => `\`${key}\``), ...more].join(', ')
  return new DistillError('SITE_REMOTE', `${pages} not here, ${why}: ${names}`, {
    hint: 'Run `vite build` again, which renders what the target does not hold, then publish.',
  })
}
