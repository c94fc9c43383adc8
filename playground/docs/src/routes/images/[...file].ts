import { HTTPError, defineHandler } from 'h3'
import { page as distilled } from 'vite-distill/app'
import { docsFiles, keyOf, read } from '../../repository.ts'
import { siteUrl } from '../../site-url.ts'

const imageUrl = (file: string) => siteUrl(file, 'README.md')

export const distillParams = () =>
  docsFiles('.svg').map((file) => distilled(imageUrl(file), { cacheKey: keyOf(read(file)) }))

export default defineHandler(({ url, res }) => {
  const file = docsFiles('.svg').find((each) => imageUrl(each) === url.pathname)
  if (!file) throw new HTTPError({ status: 404 })
  res.headers.set('content-type', 'image/svg+xml')
  return read(file)
})
