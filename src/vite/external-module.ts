import { posix } from 'node:path'
import { type Plugin, parseAst } from 'vite'

/**
 * Hooks of a plugin for a virtual module that the server's bundle imports from a file beside it. Elsewhere the plugin
 * loads the module itself, as `\0` and its id.
 */
export const besideBundle = (
  importId: string,
  fileName: string,
): { resolveId: Plugin['resolveId']; renderChunk: Plugin['renderChunk'] } => ({
  resolveId: {
    filter: { id: new RegExp(`^${importId}$`) },
    handler() {
      const { mode, config } = this.environment
      const external = mode === 'build' && config.consumer === 'server'
      return external ? { id: importId, external } : `\0${importId}`
    },
  },
  renderChunk: linkChunks(importId, fileName),
})

/** The hook that links the chunks of a bundle with the file: see {@link linkExternal}. */
export const linkChunks = (importId: string, fileName: string): Plugin['renderChunk'] => ({
  filter: { code: importId },
  handler(code, chunk) {
    const linked = linkExternal(code, chunk.fileName, importId, fileName)
    return linked === undefined ? null : { code: linked, map: null }
  },
})

/**
 * Makes a chunk of the server's bundle import a virtual module from a file at the bundle's root. That file can be
 * written after the bundle, once the client is built too. Edits the import specifiers and leaves all other code alone.
 * @param chunkFile The chunk, relative to the bundle's root
 * @param importId The virtual module, external to the bundle
 * @param fileName The file, relative to the bundle's root
 * @returns The new code, or undefined if the chunk does not import the module
 */
export function linkExternal(
  code: string,
  chunkFile: string,
  importId: string,
  fileName: string,
): string | undefined {
  const path = posix.relative(posix.dirname(chunkFile), fileName)
  const specifier = JSON.stringify(path.startsWith('.') ? path : `./${path}`)
  const found = [...specifiersIn(parseAst(code))].filter((node) => textOf(node) === importId)
  if (found.length === 0) return undefined
  let linked = ''
  let end = 0
  for (const node of found.sort((a, b) => a.start - b.start)) {
    linked += code.slice(end, node.start) + specifier
    end = node.end
  }
  return linked + code.slice(end)
}

interface Node {
  type: string
  start: number
  end: number
  [field: string]: unknown
}

/** The specifier of every `import`, `export … from`, `import()` and `require()`. */
function* specifiersIn(node: object): Generator<Node, void, undefined> {
  const { type, source, callee, arguments: args } = node as Partial<Node>
  // Of all nodes, only imports and exports have a `source`.
  if (source) yield source as Node
  if (type === 'CallExpression' && (callee as Node).name === 'require') yield* args as Node[]
  for (const value of Object.values(node))
    if (typeof value === 'object' && value !== null) yield* specifiersIn(value as object)
}

/** The text of a string literal; an `import()` may also have it in backticks. */
function textOf({ type, value, quasis, expressions }: Node): unknown {
  if (type === 'Literal') return value
  const isText = type === 'TemplateLiteral' && (expressions as Node[]).length === 0
  return isText ? (quasis as { value: { cooked: string } }[])[0]!.value.cooked : undefined
}
