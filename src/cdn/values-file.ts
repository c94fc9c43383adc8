import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { CdnValues } from './url.ts'
import { besideModule, besideValue } from '../beside-bundle.ts'
import type { BuildRecord } from '../build-record.ts'

/**
 * The files in which a build keeps the values of `vite-distill/cdn`. The client's bundle contains the values of its
 * build, and a copy is written to Vite's own folder beside it. The server's bundle imports them from a file beside it,
 * which is a copy of the client's. So the two agree, whichever is built first and by however many commands.
 */
export const clientFile = (client: string) => join(client, '.vite/distill-cdn.json')
const serverFile = (serverDir: string) => join(serverDir, fileBeside)

/** The file beside the server's bundle, in its directory. */
export const fileBeside = '__distill_cdn.mjs'

/** Writes the values of the client's bundle; removes the file if the bundle has none. */
export function recordClient(client: string, values: CdnValues | undefined): void {
  const path = clientFile(client)
  if (values === undefined) return rmSync(path, { force: true })
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(values)}\n`)
}

/** Writes the file beside the server's bundle: the client's values if it has any, else the server's own. */
export function recordServer(serverDir: string, { client }: BuildRecord, own: CdnValues): void {
  const values = (client === undefined ? undefined : readClient(client)) ?? own
  writeFileSync(serverFile(serverDir), besideModule(values))
}

/** Writes the client's values beside the server's bundle, if that was built before. */
export function followClient({ serverDir }: BuildRecord, values: CdnValues): void {
  if (serverDir !== undefined && existsSync(serverFile(serverDir))) recordServer(serverDir, {}, values)
}

/** The values of the last builds; undefined if neither bundle uses tags. */
export const readValues = ({ client, serverDir }: Required<BuildRecord>): CdnValues | undefined =>
  readClient(client) ?? readFile(serverFile(serverDir), besideValue)

const readClient = (client: string) => readFile(clientFile(client), JSON.parse)

function readFile(path: string, parse: (text: string) => unknown): CdnValues | undefined {
  return existsSync(path) ? (parse(readFileSync(path, 'utf8')) as CdnValues) : undefined
}
