import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { CdnValues } from './url.ts'
import type { BuildRecord } from '../build-record.ts'

/**
 * Where a build keeps what `vite-distill/cdn` goes by. The client's bundle holds it as it was when the client was
 * built, and notes it in a file of Vite's own folder. The server's bundle imports it from a file beside it, which
 * follows the client's note: so the two agree in whatever order, and by how many commands, they are built.
 */
const clientFile = (client: string) => join(client, '.vite/distill-cdn.json')
const serverFile = (server: string) => join(dirname(server), fileBeside)

/** The file beside the server's bundle. */
export const fileBeside = '__distill_cdn.js'

/** Notes what the client's bundle holds, or that it holds nothing. */
export function recordClient(client: string, values: CdnValues | undefined): void {
  const path = clientFile(client)
  if (values === undefined) return rmSync(path, { force: true })
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(values)}\n`)
}

/** Writes the file beside the server's bundle: the client's values, where it has any. */
export function recordServer(server: string, { client }: BuildRecord, own: CdnValues): void {
  const values = (client === undefined ? undefined : readClient(client)) ?? own
  writeFileSync(serverFile(server), moduleStart + JSON.stringify(values) + '\n')
}

/** Makes the server's bundle, where it is built already, follow the client's. */
export function followClient({ server }: BuildRecord, values: CdnValues): void {
  if (server !== undefined && existsSync(serverFile(server))) recordServer(server, {}, values)
}

/** What the last builds went by; nothing where neither has anything to do with tags. */
export const readValues = ({ client, server }: Required<BuildRecord>): CdnValues | undefined =>
  readClient(client) ?? readJson(serverFile(server), moduleStart.length)

const moduleStart = 'export default '

const readClient = (client: string) => readJson(clientFile(client), 0)

function readJson(path: string, from: number): CdnValues | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8').slice(from)) as CdnValues) : undefined
}
