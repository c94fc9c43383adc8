// A storage far away: `node far-proxy.mjs <endpoint> <milliseconds>` listens on a free port, prints it, and passes all
// bytes on, each half of the round trip later, in both directions. It limits no throughput. It is a process of its
// own and knows nothing of HTTP, so that it costs the tools little of the processors.
import { connect, createServer } from 'node:net'

const { hostname, port } = new URL(process.argv[2])
const roundTrip = Number(process.argv[3])
/** As much as one direction of a connection can hold back. It bounds memory. */
const mostInFlight = 64 * 2 ** 20

createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (client) => {
  const storage = connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true })
  pass(client, storage)
  pass(storage, client)
  // To open a connection takes a round trip: what the client has sent meanwhile goes on its way then.
  setTimeout(() => client.resume(), roundTrip)
}).listen(0, '127.0.0.1', function () {
  console.log(this.address().port)
})

function pass(from, to) {
  let inFlight = 0
  from.on('data', (chunk) => {
    inFlight += chunk.length
    if (inFlight > mostInFlight) from.pause()
    later(() => {
      to.write(chunk, () => {
        inFlight -= chunk.length
        if (inFlight < mostInFlight / 2 && from.isPaused()) from.resume()
      })
    })
  })
  from.on('end', () => later(() => to.end()))
  // `close` follows, and says whether there was one.
  from.on('error', () => {})
  from.on('close', (failed) => failed && later(() => to.destroy()))
}

// Whoever started this has gone.
process.stdin.resume().on('end', () => process.exit())

/** Timers of one duration end in the order in which they began. */
const later = (act) => setTimeout(act, roundTrip / 2)
