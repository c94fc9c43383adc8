/** One of the parts in which machines share a build's pages. */
export interface Shard {
  /** Which part: a whole number from 1 to `of`. */
  index: number
  /** How many parts there are: a whole number from 1. */
  of: number
}
