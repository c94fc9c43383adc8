import { H3 } from 'h3'
import { fileRoutes } from 'vite-distill/app'

export default new H3().register(fileRoutes(import.meta.glob('./routes/**/*.ts', { eager: true })))
