import { escape } from './escape.ts'
import type { Page } from './page.ts'
import { type Post, posts } from './posts.ts'

/** A page as HTML. */
export async function render(page: Page): Promise<{ head: string; body: string }> {
  return {
    head: `<title>${escape(page.title)}</title>`,
    body: `<header>
  <a href="/"><img src="/favicon.svg" alt="" width="28" height="28" />My site</a>
</header>
<main>${content(page)}</main>
<footer>h3 and <a href="https://github.com/vite-distill/vite-distill#documentation">vite-distill</a></footer>`,
  }
}

function content(page: Page): string {
  if (page.view === 'home') return homePage()
  if (page.view === 'post') return postPage(page.post)
  return `<h1>Not found</h1>
<p class="lead">There is no page at this address.</p>
<p><a href="/">To the home page</a></p>`
}

const homePage = () => `<h1>Rendered once, served as a file</h1>
<p class="lead">A function rendered this page when the site was built. In the browser, a small script takes it over: the button counts.</p>
<button type="button" id="count">Count: 0</button>
<ul class="posts">${posts.map(card).join('')}</ul>`

const card = ({ slug, title, summary }: Post) =>
  `<li><a href="/posts/${escape(slug)}/"><h2>${escape(title)}</h2><p>${escape(summary)}</p></a></li>`

const postPage = ({ title, summary, text, code }: Post) => `<h1>${escape(title)}</h1>
<p class="lead">${escape(summary)}</p>
${text.map((paragraph) => `<p>${escape(paragraph)}</p>`).join('\n')}
<pre><code>${escape(code)}</code></pre>
<p><a href="/">To the home page</a></p>`
