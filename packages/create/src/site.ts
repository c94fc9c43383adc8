import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Site } from './answer.ts'
import { refuseOccupied } from './folder.ts'
import { packageName } from './package-name.ts'
import { version } from './package.ts'
import type { Template } from './templates.ts'

const filesOf = (folder: string) => fileURLToPath(new URL(`../${folder}`, import.meta.url))

/**
 * Writes the files of a template, over what all templates share.
 * @returns The folder from `cwd`, empty if it is that, and the name of the package
 * @throws {UsageError} if the folder is not empty, or cannot be the name of a package
 */
export async function createSite(
  { folder, template }: Site,
  cwd: string,
): Promise<{ folder: string; name: string }> {
  const root = resolve(cwd, folder)
  const name = packageName(root)
  refuseOccupied(root)
  const isNew = !existsSync(root)
  await mkdir(root, { recursive: true })
  try {
    await writeFiles(root, template, name)
  } catch (error) {
    if (isNew) await rm(root, { recursive: true, force: true })
    throw error
  }
  return { folder: relative(cwd, root), name }
}

async function writeFiles(root: string, template: Template, name: string): Promise<void> {
  for (const from of ['shared', `templates/${template}`]) await cp(filesOf(from), root, { recursive: true })
  // npm packs no `.gitignore`.
  await rename(join(root, '_gitignore'), join(root, '.gitignore'))
  await namePackage(join(root, 'package.json'), name)
}

async function namePackage(file: string, name: string): Promise<void> {
  const content = JSON.parse(await readFile(file, 'utf8')) as { devDependencies: Record<string, string> }
  const devDependencies = { ...content.devDependencies, 'vite-distill': `^${version}` }
  await writeFile(file, `${JSON.stringify({ ...content, name, devDependencies }, null, 2)}\n`)
}
