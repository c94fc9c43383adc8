import { expect, test } from 'vitest'
import type { Backend } from '../../../src/backends/backend.ts'
import { folderOf, prefixed } from '../../../src/publish/store/prefixed.ts'
import { object } from '../samples.ts'

test.each([
  [undefined, ''],
  ['', ''],
  ['blog', 'blog/'],
  ['blog/', 'blog/'],
  ['a/b', 'a/b/'],
])('the prefix %j is the folder %j', (prefix, folder) => expect(folderOf(prefix)).toBe(folder))

test('a listing with a key outside of the prefix is an error', async () => {
  const listed = async (keys: string[]) => {
    async function* list() {
      yield keys.map((key) => object(key))
    }
    const found: string[] = []
    for await (const page of prefixed({ name: 'test:/', list } as unknown as Backend, 'blog').list(''))
      found.push(...page.map(({ key }) => key))
    return found
  }
  expect(await listed(['blog/a'])).toEqual(['a'])
  await expect(listed(['blog/a', 'blogs/a'])).rejects.toMatchObject({
    kind: 'rejected',
    message: 'cannot list `test:/blog/`: `blogs/a` is not below it',
  })
})
