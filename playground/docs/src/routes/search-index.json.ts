import { defineHandler } from 'h3'
import { entriesOf, menu } from '../menu.ts'
import { keyOf, read } from '../repository.ts'
import { searchIndex } from '../search-index.ts'

export const distill = true
export const distillCacheKey = () => keyOf(entriesOf(menu()).map(({ file, url }) => [url, read(file)]))

export default defineHandler(() => searchIndex(entriesOf(menu())))
