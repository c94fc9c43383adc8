/** A fixed amount of work that a page costs beside its text; the number of turns sets the milliseconds. */
const turns = Number(process.env.BENCH_TURNS ?? 0)

export function spin(n = turns) {
  let x = 1
  for (let i = 0; i < n; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0
  return x
}
