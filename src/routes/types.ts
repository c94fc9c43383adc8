import type { CacheKey } from './page-facts.ts'

/** What a route module or a `DistillRoute` says about its pages. A module needs one of the first two fields. */
export interface DistillExports {
  /**
   * Returns, promises or yields the pages of the route: an object of named params, an array, a string or a
   * number (positional), or a string that starts with `/` (a URL of the route), or one of these in `page()`, with what
   * is known of the page. `null` or nothing: one page without params. An empty list: no pages.
   */
  distillParams?: (context: DistillContext) => unknown
  /** Distils a route that has no params. `linked`: its pages are those that other distilled pages link to. */
  distill?: boolean | 'linked'
  /** The output file: `posts/{slug}.html`, `{0}.html` for positional params, or a function of the params. */
  distillFile?: string | ((params: Record<string, string>) => string)
  /** The status codes accepted. Default: 200. A 3xx becomes a redirect. */
  distillStatus?: number | readonly number[]
  /**
   * What all pages of the route depend on besides the code: the menu, neighbours. Together with the `cacheKey` of
   * `page()` it makes a page one that the next build may keep. A function is called once, or once for each language.
   */
  distillCacheKey?:
    | CacheKey
    | ((context: DistillContext) => CacheKey | undefined | Promise<CacheKey | undefined>)
}

/** What `distillParams` and `distillCacheKey` are called with. */
export interface DistillContext {
  /** The route's own pattern. */
  route: string
  /** The language of the pages, if the option `languages` fills the route's `:lang`. */
  lang?: string
}

/** A route of an app that is not h3, whose routes cannot be read: `export const distillRoutes: DistillRoute[]` in the server entry. */
export interface DistillRoute extends DistillExports {
  /** In h3's syntax: `/posts/:slug`. */
  route: string
}

/** One page, with what a worker needs to render it. Kept small, because there may be a million. */
export interface Page {
  /** Path of the request to the app, percent-encoded, without `base`. */
  url: string
  /** The file it becomes, relative to the site. */
  key: string
  /** Index in the list's routes. */
  route: number
  /** In the pattern's order, as strings. */
  params?: Record<string, string>
  /** What its content depends on besides the code, if that is known. */
  cacheKey?: string
  lastmod?: string
  priority?: number
}

export interface PageRoute {
  route: string
  /** The status codes accepted. */
  status: readonly number[]
  /** Its pages are found by links. */
  linked?: true
}

export interface PageList {
  routes: PageRoute[]
  /** Patterns of the app's GET routes that are not distilled, as far as they can be read. */
  otherRoutes?: readonly string[]
  pages: Page[]
  /** Messages for the user, such as that a route has no pages. */
  notices: string[]
  /** What is probably a mistake. */
  warnings: string[]
}
