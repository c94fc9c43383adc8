import { H3 } from 'h3'
import { routes } from 'vite-distill/app'
import { ids, page } from '../../page.mjs'

const begin = '<link rel="icon" href="/img/0.jpg"></head>\n<body><img src="/img/1.jpg" alt="Home">'
const figures = [2, 3].map((n) => `<img src="/img/${n}.jpg" alt="A still" loading="lazy">\n`).join('')

/** The pages of the other benches with four files named, the last at the end. */
const post = {
  distillParams: () => ids,
  default(event) {
    event.res.headers.set('content-type', 'text/html; charset=utf-8')
    return page(Number(event.context.params.id))
      .replace('</head>\n<body>', begin)
      .replace('</body>', `${figures}</body>`)
  },
}
export default new H3().register(routes({ '/posts/:id/': post }))
