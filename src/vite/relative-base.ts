import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BuildRecord } from '../build-record.ts'
import { readManifest } from '../manifest.ts'
import type { ResolvedOptions } from '../options.ts'

/**
 * With `base: './'`, Vite writes addresses that are relative to the site's root into the template. A page in a folder
 * has them too, and there they lead nowhere. Looks at one page of each route.
 */
export async function relativeBaseWarning(
  { outDir, manifestFile }: ResolvedOptions,
  { client }: Required<BuildRecord>,
): Promise<string | undefined> {
  const template = join(client, 'index.html')
  if (!existsSync(template)) return undefined
  const relative = [...(await readFile(template, 'utf8')).matchAll(/"\.\/[^"]+"/g)].map(([text]) => text)
  const routes = new Set<string | undefined>()
  for await (const { key, kind, route } of (await readManifest(manifestFile)).files()) {
    if (kind !== 'page' || !key.includes('/') || routes.has(route)) continue
    routes.add(route)
    const page = await readFile(join(outDir, key), 'utf8')
    const found = relative.find((text) => page.includes(text))
    if (found === undefined) continue
    return `\`base\` is relative, and \`${key}\` names \`${found.slice(1, -1)}\`, which is not in its folder: set \`base: '/'\`, or the path that the site is served under`
  }
  return undefined
}
