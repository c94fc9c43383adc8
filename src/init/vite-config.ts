import { type ESTree, Visitor } from 'vite'
import { configObject, literal } from './config-object.ts'
import type { Edit } from './edit.ts'
import { addItem } from './list-item.ts'
import { refused } from './refused.ts'
import { addImport, importsOf, indentAt, isNamed, type Source } from './source.ts'

/** Whether a Vite config imports the plugin and calls it. */
export function hasPlugin(source: Source): boolean {
  const name = importedAs(source)
  return name !== undefined && isCalled(name, source)
}

const importedAs = (source: Source): string | undefined =>
  importsOf(source)
    .filter((statement) => statement.source.value === 'vite-distill')
    .flatMap(({ specifiers }) => specifiers)
    .find(({ type }) => type === 'ImportDefaultSpecifier')?.local.name

/** What a Vite config is to have. */
export interface Wanted {
  /** The server entry, from the root; undefined where the plugin finds it. */
  entry: string | undefined
  /** Whether Solid's plugin has to be told that the app renders on a server. */
  solidSsr: boolean
}

/**
 * Adds the plugin at the end of `plugins`, and its import.
 * @returns Nothing if the plugin is there
 * @throws {DistillError} `INIT_REFUSED` if the config is not understood
 */
export function addPlugin(source: Source, wanted: Wanted): Edit[] {
  if (hasPlugin(source)) return []
  const imported = importedAs(source)
  const name = imported ?? (/\bdistill\b/.test(source.text) ? 'viteDistill' : 'distill')
  const call = `${name}(${wanted.entry === undefined ? '' : `{ entry: ${JSON.stringify(wanted.entry).replaceAll('"', "'")} }`})`
  const refuse = (why: string) =>
    refused(
      `in \`${source.path}\`, ${why}`,
      `Add it by hand: \`import ${name} from 'vite-distill'\`, and \`${call}\` at the end of \`plugins\`.`,
    )
  const found = configObject(source)
  if (typeof found === 'string') throw refuse(found)
  const { object, scopes } = found
  if (object.properties.some(isNamed('root'))) throw refuse('`root` is set')

  const importing = imported === undefined ? [addImport(source, name, 'vite-distill')] : []
  const [plugins, ...more] = object.properties.filter(isNamed('plugins'))
  if (!plugins) {
    if (wanted.solidSsr) throw refuse('there is no `plugins`')
    if (object.properties.some(({ type }) => type === 'SpreadElement'))
      throw refuse('`plugins` may be in what the object spreads')
    return [...importing, addProperty(source, object, `plugins: [${call}]`)]
  }
  const { node: list } = literal({ node: plugins.value as ESTree.Expression, scopes })
  if (more.length > 0 || list.type !== 'ArrayExpression') throw refuse('`plugins` is no list of plugins')
  if (assigns('plugins', source)) throw refuse('`plugins` is changed after it is declared')
  return [
    ...importing,
    ...addItem(source, list, call),
    ...(wanted.solidSsr ? solidSsr(source, list, refuse) : []),
  ]
}

/** A property at the start of an object literal. */
function addProperty({ text, eol }: Source, object: ESTree.ObjectExpression, property: string): Edit {
  const at = object.start + 1
  const [first] = object.properties
  if (!first) return { at, text: ` ${property}${text[at] === '}' ? ' ' : ','}` }
  const onLineOfItsOwn = /\n/.test(text.slice(at, first.start))
  return { at, text: `${onLineOfItsOwn ? `${eol}${indentAt(text, first.start)}` : ' '}${property},` }
}

const isCalled = (name: string, { program }: Source) => {
  let called = false
  new Visitor({
    CallExpression: ({ callee }) => {
      called ||= callee.type === 'Identifier' && callee.name === name
    },
  }).visit(program)
  return called
}

/** Whether something like `config.plugins = …` or `config.plugins.push(…)` is there. */
const assigns = (name: string, { program }: Source) => {
  let found = false
  new Visitor({
    MemberExpression: ({ object, property }) => {
      found ||= object.type === 'Identifier' && property.type === 'Identifier' && property.name === name
    },
  }).visit(program)
  return found
}

/** `solid()` becomes `solid({ ssr: true })`. */
function solidSsr(source: Source, list: ESTree.ArrayExpression, refuse: (why: string) => Error): Edit[] {
  const name = importsOf(source).find((statement) => statement.source.value === 'vite-plugin-solid')
    ?.specifiers[0]?.local.name
  const call = list.elements.find(
    (element) =>
      element?.type === 'CallExpression' &&
      element.callee.type === 'Identifier' &&
      element.callee.name === name,
  ) as ESTree.CallExpression | undefined
  const [options] = call?.arguments ?? []
  if (!call || (options && options.type !== 'ObjectExpression'))
    throw refuse('the options of `solid()` are not found, which needs `{ ssr: true }`')
  if (!options) return [{ at: call.end - 1, text: '{ ssr: true }' }]
  const [ssr] = options.properties.filter(isNamed('ssr'))
  if (!ssr) return [addProperty(source, options, 'ssr: true')]
  if (ssr.value.type === 'Literal' && ssr.value.value === true) return []
  throw refuse('`ssr` of `solid()` is not `true`')
}

/** `build.outDir` of a config, if it is a text; undefined for Vite's own. */
export function outDirOf(source: Source): string | undefined {
  const found = configObject(source)
  if (typeof found === 'string') return undefined
  const build = found.object.properties.find(isNamed('build'))?.value
  const outDir =
    build?.type === 'ObjectExpression' ? build.properties.find(isNamed('outDir'))?.value : undefined
  return outDir?.type === 'Literal' && typeof outDir.value === 'string' ? outDir.value : undefined
}
