import { H3 } from 'h3'
import { fileRoutes, routes } from 'vite-distill/app'
import * as feed from './feed.ts'

export { editorPage, savePost } from './editor.ts'

export default new H3()
  .register(routes({ '/feed.xml': feed }))
  .register(fileRoutes(import.meta.glob('./routes/**/*.ts', { eager: true })))
