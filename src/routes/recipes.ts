/** What is wrong with a server entry, and how to export what it has. */
interface Recipe {
  /** Follows the name of the entry. */
  problem: string
  hint: string
}

type Exports = Readonly<Record<string, unknown>>

const isFunction = (value: unknown) => typeof value === 'function'
const fieldsOf = (value: unknown) => (typeof value === 'object' && value !== null ? value : {}) as Exports

/** Tells how to export the app of a server entry whose default export answers no requests. */
export function recipeFor(entry: Exports): Recipe {
  return entry.default === undefined ? withoutDefault(entry) : withoutFetch(fieldsOf(entry.default))
}

function withoutDefault(entry: Exports): Recipe {
  if (isFunction(entry.render)) {
    return {
      problem: 'exports `render` and no app',
      hint: lines(
        'Keep it, and add this to the entry, with what `render` takes and returns (docs/frameworks.md):',
        "  import template from 'virtual:distill/template'",
        '  export default async function fetch(request) {',
        '    const { html } = await render(new URL(request.url).pathname)',
        "    const page = template.replace('<!--app-html-->', () => html)",
        "    return new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } })",
        '  }',
        "  export const distillRoutes = [{ route: '/' }]",
      ),
    }
  }
  if (['assets', 'entry', 'publicPath', 'routes'].every((name) => name in entry)) {
    return {
      problem: 'is the server build of React Router, which is no app',
      hint: lines(
        'Create `src/entry-server.ts`:',
        "  import { createRequestHandler } from 'react-router'",
        "  import * as build from 'virtual:react-router/server-build'",
        '  export default createRequestHandler(build)',
        "  export const distillRoutes = [{ route: '/' }]",
        "and build it in place of React Router's own, in the Vite config:",
        inputConfig,
      ),
    }
  }
  const found = ['fetch', 'app', 'server', 'handler'].find((name) => name in entry)
  return {
    problem: 'has no default export',
    hint:
      found === undefined
        ? lines(
            anyApp,
            'If a framework builds its own entry in place of yours, name yours in the Vite config:',
            inputConfig,
          )
        : `Export it as the default: \`export { ${found} as default }\`.`,
  }
}

function withoutFetch(app: Exports): Recipe {
  const problem = 'has a default export without `fetch`'
  if (isFunction(app.callback)) return { problem, hint: 'For Koa: `export default app.callback()`.' }
  if (isFunction(app.routing) && isFunction(app.ready)) {
    return {
      problem,
      hint: 'For Fastify: `await app.ready()`, then `export default (req, res) => app.routing(req, res)`.',
    }
  }
  if (isFunction(app.handler) && Array.isArray(app.stack))
    return { problem, hint: 'For h3 1: `export default { fetch: toWebHandler(app) }`.' }
  // Last, because a Fastify app is one, too.
  if (isFunction(app.then)) return { problem, hint: 'It is a promise: `export default await …`.' }
  return { problem, hint: anyApp }
}

const anyApp =
  'Export an app with `fetch(request)` (h3, Hono, …), such a function or an Express app: `export default new H3()`.'

const inputConfig =
  "  environments: { ssr: { build: { rolldownOptions: { input: './src/entry-server.ts' } } } }"

const lines = (...all: string[]) => all.join('\n  ')
