import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { type App, cleanEnv, repository } from './app.ts'

/** Runs a server in an app's folder until the test ends. Resolves to the address that it prints. */
export async function start(
  app: Pick<App, 'dir' | 'env'>,
  script: string,
  ...args: string[]
): Promise<string> {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: app.dir,
    env: { ...cleanEnv(), PORT: '0', ...app.env },
  })
  onTestFinished(async () => {
    child.kill()
    if (child.exitCode === null) await once(child, 'exit')
  })
  let output = ''
  child.stderr.on('data', (data) => (output += String(data)))
  for await (const line of createInterface(child.stdout)) {
    output += `${line}\n`
    const port = /http:\/\/[^/\s]*?:(\d+)/.exec(line)?.[1]
    if (port) return `http://127.0.0.1:${port}`
  }
  throw new Error(`the server ended without printing an address:\n${output}`)
}

/** Starts `vite` or `vite preview`. */
export const startVite = (app: App, ...args: string[]): Promise<string> =>
  start(app, join(repository, 'node_modules/vite/bin/vite.js'), ...args, '--port', '0', '--host', '127.0.0.1')
