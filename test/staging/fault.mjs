/**
 * Preloaded with `--import`: makes a call of `node:fs` fail, or sends a signal to the process during it. The variable
 * `FAULT` says which: `renameSync /dist/static/b SIGKILL` is the first rename to a path that ends so.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const [name, end, fault] = (process.env.FAULT ?? '').split(' ')
if (name) {
  const real = fs[name]
  let done = false
  fs[name] = (...args) => {
    if (done || !args.some((arg) => typeof arg === 'string' && arg.endsWith(end))) return real(...args)
    done = true
    if (fault.startsWith('SIG')) {
      process.kill(process.pid, fault)
      return real(...args)
    }
    // As Node's own, which does not name the file if it has it open.
    throw Object.assign(new Error(`${fault}: it fails, write`), { code: fault, syscall: 'write' })
  }
  syncBuiltinESMExports()
}
