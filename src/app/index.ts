export { isDistilling } from './distilling.ts'
export { fileRoutes, routes } from './routes.ts'
export type { DistillContext, DistillExports, DistillRoute, RouteModule } from './routes.ts'
