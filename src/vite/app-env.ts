import { loadEnv } from 'vite'

/** What the app finds in `process.env`: the values of Vite's `.env` files below those of the real environment, in production. */
export const appEnv = (mode: string, envDir: string | false): NodeJS.ProcessEnv => ({
  ...(envDir === false ? process.env : loadEnv(mode, envDir, '')),
  NODE_ENV: 'production',
})
