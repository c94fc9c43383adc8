// Compiles tags.ts to WebAssembly, and puts it into a module: `vite-distill/app` is bundled into servers, which leaves
// a file beside it behind.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { main } from 'assemblyscript/asc'

const { dirname } = import.meta
const options = ['--runtime', 'stub', '--enable', 'simd', '--optimizeLevel', '3', '--noAssert']
const { error, stderr } = await main(
  ['tags.ts', '--baseDir', dirname, '--outFile', 'tags.wasm', ...options],
  {
    writeFile(name, contents) {
      const text = `export const wasm: string = '${Buffer.from(contents).toString('base64')}'\n`
      writeFileSync(join(dirname, '..', `${name}.ts`), text)
    },
  },
)
if (error) {
  console.error(stderr.toString())
  process.exitCode = 1
}
