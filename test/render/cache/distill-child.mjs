/** Distils in a process of its own, which may be killed: its argument is a JSON of what `distill()` takes. */
import { distill } from '../../../dist/render/distill.js'
import { resolveOptions } from '../../../dist/options.js'

const { options, place, ...input } = JSON.parse(process.argv[2])
await distill({ ...input, env: process.env, options: resolveOptions(options, place) })
