import { routeToRegExp } from 'rou3'
import { encodeKey } from '../keys.ts'

interface Param {
  name: string
  /** Whether it takes several segments. */
  many: boolean
  optional: boolean
}

/** A parsed route. */
export interface Pattern {
  route: string
  /** Each a sequence of text, percent-encoded, and params. */
  segments: readonly (readonly (string | Param)[])[]
  /** In the order of the route, which is the order of positional params. */
  params: readonly Param[]
  matches: RegExp
}

const token =
  /\*\*:(?<rest>\w+)|(?<globstar>\*\*)|:(?<name>\w+)(?:\((?:[^()]|\([^()]*\))*\))?(?<modifier>[?+*])?|\*/g

/**
 * Parses h3's (rou3's) route syntax: `:id`, `:id?`, `:id+`, `:id*`, `:id(\\d+)`, `:a-:b`, `*`, `**`, `**:rest`.
 * Params without a name are called `0`, `1`, … as in rou3.
 */
export function parsePattern(route: string): Pattern {
  const params: Param[] = []
  let unnamed = 0
  const segments = route
    .replace(/^\//, '')
    .split(/\/(?![^(]*\))/)
    .map((segment) => {
      const pieces: (string | Param)[] = []
      let end = 0
      for (const match of segment.matchAll(token)) {
        const { rest, globstar, name, modifier } = match.groups!
        if (match.index > end) pieces.push(encodeText(segment.slice(end, match.index)))
        const param = {
          name: rest ?? name ?? String(unnamed++),
          many: globstar !== undefined || rest !== undefined || modifier === '+' || modifier === '*',
          optional: globstar !== undefined || modifier === '?' || modifier === '*',
        }
        params.push(param)
        pieces.push(param)
        end = match.index + match[0].length
      }
      if (end < segment.length || pieces.length === 0) pieces.push(encodeText(segment.slice(end)))
      return pieces
    })
  return { route, segments, params, matches: routeToRegExp(route) }
}

/** Names positional values after the route's params. Throws an `Error` if there are too many. */
export function nameParams(
  params: readonly { name: string }[],
  values: readonly unknown[],
): Record<string, unknown> {
  if (values.length > params.length) {
    throw new Error(`it has ${values.length} values and the route takes ${params.length}`)
  }
  return Object.fromEntries(values.map((value, i) => [params[i]!.name, value]))
}

/**
 * The path of one page, percent-encoded. Ignores params that the pattern does not have.
 * Throws an `Error` that says why the params do not fit.
 */
export function fillPattern(pattern: Pattern, params: Readonly<Record<string, unknown>>): string {
  let path = ''
  for (const pieces of pattern.segments) {
    let segment = ''
    for (const piece of pieces)
      segment +=
        typeof piece === 'string'
          ? piece
          : encodeParam(piece, Object.hasOwn(params, piece.name) ? params[piece.name] : undefined)
    // An optional param without a value leaves out its slash too.
    if (segment !== '' || pieces[0] === '') path += `/${segment}`
  }
  const url = path || '/'
  if (!pattern.matches.test(url)) throw new Error(`\`${url}\` does not match the route`)
  return url
}

/** Encodes static text of a route, which may hold any script. Text that is encoded already stays. */
const encodeText = (text: string) => encodeURI(text).replaceAll('%25', '%')

function encodeParam({ name, many, optional }: Param, value: unknown): string {
  if (value === undefined || value === null || value === '') {
    if (optional) return ''
    throw new Error(value === '' ? `\`${name}\` is empty` : `\`${name}\` is missing`)
  }
  if (many && Array.isArray(value))
    return value.map((part) => encodeParam({ name, many: false, optional: false }, part)).join('/')
  if (!['string', 'number', 'bigint', 'boolean'].includes(typeof value)) {
    throw new Error(
      `\`${name}\` is ${Array.isArray(value) ? 'an array' : `a ${typeof value}`}; it must be a string or a number`,
    )
  }
  const text = String(value)
  if (/\p{Surrogate}/u.test(text)) throw new Error(`\`${name}\` holds half of a character (a lone surrogate)`)
  if (many) return encodeKey(text)
  if (text.includes('/')) {
    throw new Error(
      `\`${name}\` is \`${text}\`, and a slash does not fit into \`:${name}\` (\`**:${name}\` takes several segments)`,
    )
  }
  return encodeURIComponent(text)
}
