import { ids } from '../../page.mjs'

const text =
  'In <em>large</em> old houses the <a href="/tags/room/">still room</a> was where somebody distilled &amp; dried. '.repeat(
    6,
  )
const figure = (n) =>
  `<figure><img src="/img/${n}.jpg" width="640" height="400" alt="A still" loading="lazy"><figcaption>The still</figcaption></figure>`

/** 10 kB with some 200 elements; six name a file, the last near the end. */
function page(i) {
  let html = `<!doctype html><html><head><meta charset="utf-8"><title>Post ${i}</title><link rel="icon" href="/img/0.jpg"></head><body><nav><a href="/">Home</a><a href="/about/">About</a></nav><main>`
  for (let n = 0; n < 13; n++) html += `<p>${text}</p>\n${n % 3 === 0 ? figure(n) : ''}`
  return `${html}</main><footer><a href="/posts/${Number(i) + 1}/">Older</a></footer></body></html>`
}

export default (request) =>
  new Response(page(request.url.split('/').at(-2)), { headers: { 'content-type': 'text/html' } })
export const distillRoutes = [{ route: '/posts/:id/', distillParams: () => ids }]
