import { number } from '../../progress.ts'
import { headerRules, headersByHost, without } from './header-rules.ts'
import type { HostedSite } from './hosted-site.ts'
import { pathsOf, urlPath } from './paths.ts'

/** The most rules, and the most characters of a line, that Cloudflare reads. Netlify documents no limit. */
const maxRules = 100
const maxLine = 2000

/** The file `_headers` of Cloudflare and Netlify. Both add up the rules that match: here, each path has one. */
export function headersFile({ base, files, shared }: HostedSite): { text: string; warnings: string[] } {
  const rules = headerRules(files(), (file) => without(headersByHost(file), shared)).flatMap(
    ({ path, headers }) =>
      (path === '' || path.endsWith('/') ? [`${path}*`] : pathsOf(path)).map((pattern) => ({
        pattern,
        headers,
      })),
  )
  const all = rules[0]?.pattern === '*' ? rules.shift()!.headers : {}
  const everywhere = { ...shared, ...all }
  if (Object.keys(everywhere).length > 0) rules.unshift({ pattern: '*', headers: everywhere })
  const blocks = rules.map(({ pattern, headers }) => [
    pattern.endsWith('*') ? `${urlPath(base, pattern.slice(0, -1))}*` : urlPath(base, pattern),
    ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value.trim()}`),
  ])
  const long = blocks.flat().filter((line) => line.length > maxLine)
  const warnings = [
    ...(rules.length > maxRules
      ? [
          `\`_headers\` has ${number(rules.length)} rules, and Cloudflare reads ${maxRules}: Netlify reads all. A header that every page has in common needs one rule.`,
        ]
      : []),
    ...(long.length > 0
      ? [
          `\`_headers\` has lines over ${number(maxLine)} characters, which Cloudflare ignores: \`${long[0]!.trim().slice(0, 60)}…\``,
        ]
      : []),
  ]
  return {
    text: `# Written by vite-distill.\n${blocks.map((lines) => `${lines.join('\n')}\n`).join('')}`,
    warnings,
  }
}
