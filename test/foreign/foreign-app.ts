import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa, type Options } from 'execa'
import { afterAll, inject } from 'vitest'

/** Whether this Node runs packages that need Node 22. */
const isNode22 = Number(process.versions.node.split('.')[0]) >= 22

/** An app of somebody else, in a temporary folder. */
export interface ForeignApp {
  root: string
  write(path: string, content: string): Promise<void>
  read(path: string): Promise<string>
  /** Runs a command of the app's packages. It never rejects: look at `exitCode`. */
  run(
    command: string,
    args: string[],
    options?: Options,
  ): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }>
}

const made: string[] = []
// Here, and not where an app is made: in a test or another hook, `afterAll` has no effect.
afterAll(async () => {
  await Promise.all(made.splice(0).map((root) => rm(root, { recursive: true, force: true })))
})

/**
 * Copies `test/foreign/<name>/`, or makes an empty folder without a `name`, and installs its packages and the
 * packed vite-distill there. The folder is removed after all tests of the file.
 * @param options `packages`: what to install besides what its `package.json` lists, as for `npm install`;
 *   `node24`: commands run on Node 24 where this Node is older than 22
 */
export async function foreignApp(
  name: string | undefined,
  { packages = [], node24 = false }: { packages?: string[]; node24?: boolean } = {},
): Promise<ForeignApp> {
  const root = await mkdtemp(join(tmpdir(), 'foreign-'))
  made.push(root)
  if (name !== undefined) await cp(fileURLToPath(new URL(name, import.meta.url)), root, { recursive: true })
  const app: ForeignApp = {
    root,
    async write(path, content) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), content)
    },
    read: (path) => readFile(join(root, path), 'utf8'),
    async run(command, args, options) {
      const newer = node24 && !isNode22 ? ['npx', '-y', '-p', 'node@24'] : []
      const [file, ...rest] = [...newer, command, ...args]
      const { exitCode, stdout, stderr } = await execa(file!, rest, {
        cwd: root,
        reject: false,
        stdin: 'ignore',
        preferLocal: true,
        localDir: root,
        ...options,
        env: { NODE_ENV: undefined, NO_COLOR: '1', VITEST: undefined, ...options?.env },
      })
      return { exitCode, stdout: String(stdout), stderr: String(stderr) }
    },
  }
  const flags = ['--no-audit', '--no-fund', '--prefer-offline']
  await execa('npm', ['install', ...flags, ...packages, inject('tarball')], { cwd: root })
  return app
}
