import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { DistillError } from '../errors.ts'
import type { ResolvedOptions, Target } from '../options.ts'

/**
 * The target of a name; without a name, the only target or the one named `default`.
 * @throws {DistillError} `TARGET_UNKNOWN`, with all names
 */
export function chooseTarget(
  { publish }: ResolvedOptions,
  asked: string | undefined,
): { name: string; target: Target } {
  const names = Object.keys(publish)
  if (names.length === 0) {
    throw new DistillError('TARGET_UNKNOWN', 'there is no target to publish to', {
      hint: "Add one to the plugin's options: `distill({ publish: { default: { backend: 'directory', path: '../www' } } })`.",
    })
  }
  const name = asked ?? (names.length === 1 ? names[0]! : 'default')
  const target = Object.hasOwn(publish, name) ? publish[name] : undefined
  if (target) return { name, target }
  const known = names.map((other) => `\`${other}\``).join(', ')
  throw asked === undefined
    ? new DistillError('TARGET_UNKNOWN', 'there are several targets and none is named `default`', {
        hint: `Say which: \`vite-distill publish <target>\`, with one of ${known}.`,
      })
    : new DistillError('TARGET_UNKNOWN', `there is no target \`${asked}\``, {
        hint: `There ${names.length === 1 ? 'is' : 'are'} ${known}.`,
      })
}

/**
 * Refuses a target folder that overlaps the site or contains the app: publishing would change them.
 * @throws {DistillError} `OPTION_INVALID`
 */
export function refuseOverlap({ root, outDir }: ResolvedOptions, name: string, target: Target): void {
  if (target.backend !== 'directory') return
  const folder = real(join(resolve(root, target.path), target.prefix ?? ''))
  const [site, app] = [real(outDir), real(root)]
  const conflict = isWithin(folder, site)
    ? 'which is inside the site itself'
    : isWithin(site, folder)
      ? 'which the site itself is in'
      : isWithin(app, folder)
        ? 'which the app itself is in'
        : undefined
  if (!conflict) return
  throw new DistillError('OPTION_INVALID', `\`publish.${name}\` publishes to \`${folder}\`, ${conflict}`, {
    hint: 'Give its `path` a folder of its own, such as `../www`.',
  })
}

/** The path of a folder without symbolic links. The folder need not exist. */
function real(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  return dirname(path) === path ? path : join(real(dirname(path)), basename(path))
}

function isWithin(path: string, folder: string): boolean {
  const inside = relative(folder, path)
  return !isAbsolute(inside) && !/^\.\.($|[/\\])/.test(inside)
}
