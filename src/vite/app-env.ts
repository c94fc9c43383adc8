import { loadEnv } from 'vite'

/** The app's `process.env`: Vite's `.env` files, overridden by the real environment, with `NODE_ENV=production`. */
export const appEnv = (mode: string, envDir: string | false): NodeJS.ProcessEnv => ({
  ...(envDir === false ? process.env : loadEnv(mode, envDir, '')),
  NODE_ENV: 'production',
})
