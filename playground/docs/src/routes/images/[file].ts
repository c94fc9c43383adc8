import { HTTPError, defineHandler } from 'h3'
import { page as distilled } from 'vite-distill/app'
import { docsFiles, keyOf, read } from '../../repository.ts'
import { images } from '../../site-url.ts'

const urlOf = (file: string) => images + file.replace(/^.*\//, '')

export const distillParams = () =>
  docsFiles('.svg').map((file) => distilled(urlOf(file), { cacheKey: keyOf(read(file)) }))

export default defineHandler(({ url, res }) => {
  const file = docsFiles('.svg').find((each) => urlOf(each) === url.pathname)
  if (!file) throw new HTTPError({ status: 404 })
  res.headers.set('content-type', 'image/svg+xml')
  return read(file)
})
