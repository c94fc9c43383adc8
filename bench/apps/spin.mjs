/** A fixed amount of work, which a page costs beside its text: so many turns take about two milliseconds. */
const turns = Number(process.env.BENCH_TURNS ?? 0)

export function spin(n = turns) {
  let x = 1
  for (let i = 0; i < n; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0
  return x
}
