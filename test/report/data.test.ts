import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync, Visitor } from 'vite'
import { expect, it } from 'vitest'
import { repository } from '../app.ts'

/** The fields of the interfaces of `data.ts`, with those that they take from others by `Pick`. */
function typed(): Map<string, string[]> {
  const found = new Map<string, string[]>()
  const { program } = parseSync('data.ts', readFileSync(join(repository, 'src/report/data.ts'), 'utf8'))
  new Visitor({
    TSInterfaceDeclaration({ id, body, extends: from }) {
      const own = body.body.flatMap((member) =>
        member.type === 'TSPropertySignature' && member.key.type === 'Identifier' ? [member.key.name] : [],
      )
      const picked = JSON.stringify(from).matchAll(/"raw":"'(\w+)'"/g)
      found.set(id.name, [...[...picked].map(([, name]) => name!), ...own])
    },
  }).visit(program)
  return found
}

/** The first column of each table of docs/report.md, by the heading above it. */
function documented(): Map<string, string[]> {
  const [, ...sections] = readFileSync(join(repository, 'docs/report.md'), 'utf8').split(/^### /m)
  return new Map(
    sections.map((section) => [
      /`(\w+)`/.exec(section)![1]!,
      [...section.matchAll(/^\| `(\w+)`/gm)].map(([, field]) => field!),
    ]),
  )
}

it('docs/report.md has every field of the data, and no other', () => {
  const types = typed()
  const docs = documented()
  expect([...docs.keys()]).toEqual([
    'BuildReport',
    'ReportFile',
    'ReportLinks',
    'ReportFailure',
    'ReportPlan',
  ])
  for (const [name, fields] of docs) expect(fields.toSorted(), name).toEqual(types.get(name)!.toSorted())
})
