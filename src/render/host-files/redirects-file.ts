import { number } from '../../progress.ts'
import type { HostedSite } from './hosted-site.ts'
import { locationOf, percentEncoded, redirectPaths, urlPath } from './paths.ts'

/** The most rules, and the most characters of one, that Cloudflare reads. */
const maxRules = 2000
const maxLine = 1000

/**
 * The file `_redirects` of Cloudflare and Netlify.
 * @param force Whether a rule wins over the file of the same path, which Cloudflare does anyway
 */
export function redirectsFile(
  { base, files }: HostedSite,
  force: boolean,
): { text: string; warnings: string[] } {
  const rules = new Map<string, string>()
  for (const file of files()) {
    if (!file.redirect) continue
    const { status } = file.redirect
    for (const path of redirectPaths(file.key)) {
      const from = urlPath(base, path)
      rules.set(from, `${from} ${targetOf(locationOf(file))} ${status}${force ? '!' : ''}`)
    }
  }
  const lines = [...rules.values()]
  const long = lines.filter((line) => line.length > maxLine)
  const warnings = [
    ...(lines.length > maxRules
      ? [
          `\`_redirects\` has ${number(lines.length)} rules, and Cloudflare reads ${number(maxRules)}. The other old URLs are pages that redirect.`,
        ]
      : []),
    ...(long.length > 0
      ? [
          `\`_redirects\` has rules over ${number(maxLine)} characters, which Cloudflare ignores: \`${long[0]!.slice(0, 60)}…\``,
        ]
      : []),
  ]
  return { text: `# Written by vite-distill.\n${lines.map((line) => `${line}\n`).join('')}`, warnings }
}

/** `:name` would be a placeholder; `index.html` at the end is refused, because both hosts redirect from it. */
function targetOf(url: string): string {
  const [, origin, path] = /^(https?:\/\/[^/?#]*)?(.*)$/.exec(url) as unknown as [string, string?, string?]
  return (origin ?? '') + path!.replace(/[*:]/g, percentEncoded).replace(/\/index\.html$/, '/')
}
