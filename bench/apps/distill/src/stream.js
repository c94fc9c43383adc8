import { H3 } from 'h3'
import { routes } from 'vite-distill/app'

/** One body of 200 MB, made while it is read, so that it need not be in memory at once. */
const chunk = new Uint8Array(64 * 1024).fill(97)
const chunks = Number(process.env.BENCH_STREAM_MB ?? 200) * 16

const large = {
  distill: true,
  default() {
    let sent = 0
    return new ReadableStream({
      pull(controller) {
        if (sent++ < chunks) controller.enqueue(chunk.slice())
        else controller.close()
      },
    })
  },
}
export default new H3().register(routes({ '/large.bin': large }))
