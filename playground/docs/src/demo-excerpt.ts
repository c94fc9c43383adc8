/** What the demo prints of `vite-distill` itself, without Vite's own lines and the times of single pages. */
export const demoExcerpt = (demo: string): string =>
  demo
    .replace(/(?<=\$ vite build\n)[^]*?(?=✓ distilled)/, '')
    .replace(/^ {2}(first page|slowest): .*\n/gm, '')
    .replace(/\n\n {2}Look at it:[^]*$/, '')
    .trim()
