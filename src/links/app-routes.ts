import { addRoute, createRouter, findRoute } from 'rou3'
import type { AppAnswer } from './audit.ts'

/** The routes of an app that answer GET requests. */
export interface AppRoutes {
  /** Patterns of those that are distilled. */
  distilled: readonly string[]
  /** Patterns of the others, as far as they can be read. */
  others: readonly string[]
}

/** Makes a function that finds the route of a path, as the app is asked for it. */
export function createRouteFinder({ distilled, others }: AppRoutes): (path: string) => AppAnswer | undefined {
  const router = createRouter<AppAnswer>()
  const add = (routes: readonly string[], why: AppAnswer['why']) => {
    for (const route of routes) {
      // What answers everything says nothing about a path.
      if (!route.startsWith('/*')) addRoute(router, 'GET', route, { route, why })
    }
  }
  add(distilled, 'not listed')
  add(others, 'not distilled')
  return (path) => findRoute(router, 'GET', path, { params: false })?.data
}
