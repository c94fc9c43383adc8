import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createSite } from '../../packages/create/src/site.ts'
import { isTemplate, type Template, templates } from '../../packages/create/src/templates.ts'
import { repository } from '../app.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'create-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
})

interface PackageJson {
  name: string
  version: string
  engines: object
  scripts: Record<string, string>
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}
const readJson = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8')) as PackageJson

const own = readJson(repository, 'package.json')

it('both packages have the same version and need the same Node', () => {
  const { version, engines } = readJson(repository, 'packages/create/package.json')
  expect([version, engines]).toEqual([own.version, own.engines])
})

it('every folder of templates/ is a template', () => {
  const folders = readdirSync(join(repository, 'packages/create/templates'))
  expect(folders.sort()).toEqual(Object.keys(templates).sort())
  expect(['toString', '', 'Vue', 'shared'].filter(isTemplate)).toEqual([])
})

describe.each(Object.keys(templates) as Template[])('%s', (template) => {
  it('is written, with its name and the version of vite-distill', async () => {
    expect(await createSite({ folder: 'My Site', template }, dir)).toEqual({
      folder: 'My Site',
      name: 'my-site',
    })
    const site = join(dir, 'My Site')
    const { name, scripts, engines, devDependencies } = readJson(site, 'package.json')
    expect({ name, engines, scripts: Object.keys(scripts) }).toEqual({
      name: 'my-site',
      engines: own.engines,
      scripts: ['dev', 'build', 'preview', 'publish', 'typecheck'],
    })
    expect(devDependencies['vite-distill']).toBe(`^${own.version}`)
    expect(readFileSync(join(site, '.gitignore'), 'utf8')).toContain('dist\nwww\n')
    expect(readdirSync(site).filter((file) => file.startsWith('_'))).toEqual([])
  })

  it('has the versions that vite-distill is tested with', () => {
    const { dependencies, devDependencies } = readJson(
      repository,
      'packages/create/templates',
      template,
      'package.json',
    )
    const playground = readJson(
      repository,
      'playground',
      template === 'vue' ? 'blog' : template,
      'package.json',
    )
    const tested = { ...playground.dependencies, ...playground.devDependencies }
    for (const [name, range] of Object.entries({ ...dependencies, ...devDependencies }))
      if (tested[name] !== undefined) expect([name, range]).toEqual([name, tested[name]])
  })
})

it('a folder of a new repository is taken, and so is the current one', async () => {
  mkdirSync(join(dir, 'site/.git'), { recursive: true })
  await createSite({ folder: '.', template: 'h3' }, join(dir, 'site'))
  expect(readJson(dir, 'site/package.json').name).toBe('site')
})

it('a folder that has something else stays as it is', async () => {
  mkdirSync(join(dir, 'site'))
  writeFileSync(join(dir, 'site/notes.txt'), 'mine')
  await expect(createSite({ folder: 'site', template: 'vue' }, dir)).rejects.toThrow(
    'is not empty: it has `notes.txt`',
  )
  expect(readdirSync(join(dir, 'site'))).toEqual(['notes.txt'])
})

it('an app that cannot be written whole leaves no folder', async () => {
  const missing = 'missing' as Template
  await expect(createSite({ folder: 'site', template: missing }, dir)).rejects.toThrow('ENOENT')
  expect(readdirSync(dir)).toEqual([])
})

it('a file stays as it is', async () => {
  writeFileSync(join(dir, 'site'), 'mine')
  await expect(createSite({ folder: 'site', template: 'vue' }, dir)).rejects.toThrow('is a file')
  expect(readFileSync(join(dir, 'site'), 'utf8')).toBe('mine')
})
