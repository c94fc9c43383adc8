import type { DistillExports } from './types.ts'

/** A route as the framework of the app has it. */
export interface RegisteredRoute {
  /** `GET`; empty for a route that answers all. */
  method: string
  /** In h3's syntax. */
  route: string
  /** What an h3 app says about the route. */
  meta?: DistillExports | undefined
}

/** The routes of an app of h3 or Hono, in their order. None of any other app: they cannot be read. */
export function registeredRoutes(app: unknown): RegisteredRoute[] {
  const { '~routes': h3, routes: hono } = app as { '~routes'?: unknown; routes?: unknown }
  if (Array.isArray(h3))
    return (h3 as Partial<RegisteredRoute>[]).map(({ method = '', route = '/', meta }) => ({
      method,
      route,
      meta,
    }))
  if (!Array.isArray(hono)) return []
  return (hono as ({ method?: unknown; path?: unknown } | null)[]).flatMap((route) =>
    // `ALL` may be a middleware.
    typeof route?.method === 'string' && route.method !== 'ALL' && typeof route.path === 'string'
      ? // Hono writes what a param matches in braces.
        [{ method: route.method, route: route.path.replace(/\{[^}]*\}/g, '') }]
      : [],
  )
}

/** Whether a route answers GET requests. */
export const answersGet = ({ method }: { method?: string }): boolean => !method || method === 'GET'
