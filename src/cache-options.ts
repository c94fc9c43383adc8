import * as v from 'valibot'
import { list, object, text } from './option-schema.ts'

export interface CacheOptions {
  /**
   * The share of the kept pages that is rendered again, to see whether their cache keys are right: 0 to 1. At least
   * one page is, and at most 100 are, unless it is 0. Default: 0.01.
   */
  audit?: number
  /**
   * Names of environment variables that pages depend on, besides those in the `.env` files: a new value renders all
   * pages. Default: none.
   */
  env?: string[]
  /**
   * The name of a target: a build without a last site neither renders nor holds the pages that this target has.
   * Publishing to it records what such a build needs. Default: none.
   */
  from?: string
}

const cacheObject = object<CacheOptions>({ must: 'It must be an object, or `false`.' })({
  audit: v.optional(
    v.custom<number>(
      (given) => typeof given === 'number' && given >= 0 && given <= 1,
      'It must be a share, from 0 to 1: `0.01` is one page of a hundred.',
    ),
    0.01,
  ),
  env: v.optional(list(text(), "It must be a list of names, such as `['API_URL']`."), []),
  from: v.optional(text('It must be the name of a target in `publish`.')),
})

export type ResolvedCache = false | v.InferOutput<typeof cacheObject>

export const cacheSchema = v.lazy((given): v.GenericSchema<false | CacheOptions, ResolvedCache> =>
  given === false ? v.literal(false) : cacheObject,
)
