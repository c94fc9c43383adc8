import { expect, test } from 'vitest'
import { folderOf } from '../../../src/publish/store/prefixed.ts'

test.each([
  [undefined, ''],
  ['', ''],
  ['blog', 'blog/'],
  ['blog/', 'blog/'],
  ['a/b', 'a/b/'],
])('the prefix %j is the folder %j', (prefix, folder) => expect(folderOf(prefix)).toBe(folder))
