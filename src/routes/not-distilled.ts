import { inspect } from 'node:util'
import type { App } from './entry.ts'
import { isDistillExport, meantExport } from './export-names.ts'
import { type RegisteredRoute, answersGet, registeredRoutes } from './registered.ts'

/** The patterns of an app's routes that are not distilled, each once, and why. */
export function notDistilled({ app, routes }: Pick<App, 'app' | 'routes'>): { route: string; why: string }[] {
  const distilled = new Set(routes.map(({ route }) => route))
  const others = new Map<string, RegisteredRoute[]>()
  for (const registered of registeredRoutes(app)) {
    const { route } = registered
    if (distilled.has(route)) continue
    const same = others.get(route)
    if (same) same.push(registered)
    else others.set(route, [registered])
  }
  const isH3 = '~routes' in (app as object)
  return [...others].map(([route, registered]) => ({
    route,
    why: whyNot(registered, isH3 ? metaLacks : () => '`distillRoutes` does not list it'),
  }))
}

function whyNot(registered: readonly RegisteredRoute[], lacks: (get: RegisteredRoute) => string): string {
  const get = registered.find(answersGet)
  if (get) return lacks(get)
  const methods = [...new Set(registered.map(({ method }) => `\`${method}\``))]
  return `answers ${methods.join(', ')} and not \`GET\`, which a page needs`
}

/** Why what an h3 route says about itself does not distil it. */
function metaLacks({ route, meta = {} }: RegisteredRoute): string {
  const names = Object.keys(meta)
  const misspelt = names.find((name) => meantExport(name) !== undefined)
  if (misspelt !== undefined) return `has \`${misspelt}\`: did you mean \`${meantExport(misspelt)}\`?`
  if (meta.distill === false) return 'has `distill = false`'
  if (meta.distill !== undefined)
    return `has \`distill = ${inspect(meta.distill)}\`, which is neither \`true\` nor \`'linked'\``
  const other = names.find(isDistillExport)
  if (other !== undefined) return `has \`${other}\` but no \`distillParams\``
  return /[:*]/.test(route) ? 'has no `distillParams`' : 'has neither `distillParams` nor `distill = true`'
}
