import { DistillError } from '../errors.ts'

/** Why nothing is changed, and what to do by hand instead. */
export const refused = (why: string, hint: string): DistillError =>
  new DistillError('INIT_REFUSED', `nothing was changed: ${why}`, { hint })
