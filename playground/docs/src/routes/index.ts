import type { Tokens } from 'marked'
import { defineHandler } from 'h3'
import demo from '../../demo.txt?raw'
import { demoExcerpt } from '../demo-excerpt.ts'
import { type Document, documentOf } from '../document.ts'
import { escapeHtml } from '../escape-html.ts'
import { loadHighlighter } from '../highlight.ts'
import { toHtml } from '../markdown.ts'
import { menu, section } from '../menu.ts'
import { keyOf, read, web } from '../repository.ts'
import { menuHtml, page } from '../shell.ts'
import { urlOf } from '../site-url.ts'

export const distill = true
export const distillCacheKey = () => keyOf(read('README.md'), read(performancePage), menu(), web())

const performancePage = 'docs/performance.md'

/** The home page: the beginning of the README, and what it takes and gives to follow it. */
export default defineHandler(async ({ url }) => {
  const readme = documentOf('README.md')
  const performance = documentOf(performancePage)
  const highlighter = await loadHighlighter()
  const markdown = (document: Document, tokens: Document['tokens']) => toHtml(document, tokens, highlighter)
  const [, introduction] = readme.tokens.filter(({ type }) => type === 'heading' || type === 'paragraph')

  return page({
    canonical: url,
    title: 'vite-distill: a static site from a server-rendered Vite app',
    description: readme.description,
    layout: 'wide',
    main: `<div class="hero">
<h1>A static site from your server-rendered Vite app</h1>
<div class="lead">${markdown(readme, [introduction!])}</div>
<p class="actions"><a class="button" href="#quick-start">Quick start</a> <a href="#documentation">Documentation</a> <a href="${web()}">GitHub</a></p>
</div>
<section>
<h2 id="demo">What it prints</h2>
<p>A blog of 300 posts, in Vue and with PostgreSQL: built, published to a folder, and every file checked over HTTP.</p>
<pre role="group" aria-label="Output of npm run demo" tabindex="0" class="terminal"><code>$ npm run demo

${escapeHtml(demoExcerpt(demo))}
</code></pre>
</section>
<section class="prose">
<h2 id="quick-start">Quick start</h2>
${markdown(readme, section(readme.tokens, 'Quick start'))}</section>
<section>
<h2 id="performance">How fast it is</h2>
<p>10,000 pages of 8 kB, rendered from a server entry on two cores. Seconds: the median, with the least and the most.</p>
${markdown(performance, [tableOf(performance, 'render-node24')])}
<p>2,001 files published to an S3 server on the same machine.</p>
${markdown(performance, [tableOf(performance, 'publish')])}
<p><a href="${urlOf(performancePage)}">How it was measured, what is missed and why</a></p>
</section>
<section>
<h2 id="documentation">Documentation</h2>
<div class="all">${menuHtml(menu())}</div>
</section>`,
  })
})

/** The table that `npm run bench -- report` writes below a comment with this name. */
function tableOf({ file, tokens }: Document, name: string): Tokens.Table {
  const at = tokens.findIndex(({ type, raw }) => type === 'html' && raw.includes(`bench:${name} `))
  const table = tokens.slice(at + 1).find(({ type }) => type !== 'space')
  if (at === -1 || table?.type !== 'table') throw new Error(`\`${file}\` has no table \`bench:${name}\`.`)
  return table as Tokens.Table
}
