// The limit of a first publish: each file as an unsigned PUT, over open connections.
// `node put-limit.mjs <folder> <bucket's address>`
import { readFileSync, readdirSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'

const connections = 32
const [folder, address] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: connections })
const files = readdirSync(folder, { recursive: true }).filter((file) => /\.\w+$/.test(file))

const put = (file) =>
  new Promise((resolve, reject) => {
    const body = readFileSync(join(folder, file))
    const headers = { 'content-length': body.length, 'content-type': 'text/html' }
    request(`${address}/${file}`, { method: 'PUT', agent, headers }, (answer) => {
      answer
        .resume()
        .on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error(answer.statusCode))))
    })
      .on('error', reject)
      .end(body)
  })

let next = 0
const connection = async () => {
  while (next < files.length) await put(files[next++])
}
await Promise.all(Array.from({ length: connections }, connection))
agent.destroy()
