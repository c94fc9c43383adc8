import { nearest } from '../nearest.ts'
import type { DistillExports } from './types.ts'

const exportNames: readonly string[] = [
  'distill',
  'distillParams',
  'distillFile',
  'distillStatus',
  'distillCacheKey',
] satisfies (keyof DistillExports)[]

/** Whether a name is an export of a route module that says something about its pages. */
export const isDistillExport = (name: string): boolean => exportNames.includes(name)

/** The export that a name is probably a misspelling of: `distillParams` for `distilParams`. */
export const meantExport = (name: string): string | undefined =>
  // Every name begins with a `d`: `still` is a word of its own.
  /^d/i.test(name) && !isDistillExport(name) ? nearest(name, exportNames) : undefined
