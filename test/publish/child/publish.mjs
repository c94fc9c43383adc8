// Publishes by the options given as JSON.
import { resolveOptions } from '../../../dist/options.js'
import { publish } from '../../../dist/publish/publish.js'

const [, , given, flags] = process.argv
const { root, ...options } = JSON.parse(given)
await publish(resolveOptions(options, { root, base: '/' }), undefined, JSON.parse(flags))
