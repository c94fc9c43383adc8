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
<h1>Static sites from server‑rendered Vite apps</h1>
<div class="lead">${markdown(readme, [introduction!])}</div>
<p class="actions"><a class="button" href="#quick-start">Quick start</a> <a href="#documentation">Docs</a> <a href="${web()}">GitHub</a></p>
</div>
<pre role="group" aria-label="Output of npm run demo" tabindex="0" class="terminal"><code>${terminal(`$ npm run demo\n\n${demoExcerpt(demo)}`)}
</code></pre>
<p>The demo in the repository: a blog of 300 posts, in Vue and with PostgreSQL, built, published to a folder and checked over HTTP. The lines of Vite itself are left out.</p>
<section class="prose">
<h2 id="quick-start">Quick start</h2>
${markdown(readme, section(readme, 'Quick start'))}</section>
<section>
<h2 id="performance">How fast it is</h2>
<p>10,000 pages of 8 kB on two cores. <em>Distil stage</em> is <code>vite-distill render</code>, and <em>vite build</em> is all of a build with this plugin; the limit only renders and writes. All tables show the median, with the least and the most.</p>
${markdown(performance, [tableOf(performance, 'render-node24')])}
<p>2,001 files, published to an S3 server on the same machine:</p>
${markdown(performance, [tableOf(performance, 'publish')])}
<p><a href="${urlOf(performancePage)}">How it was measured, what is missed and why</a></p>
</section>
<section>
<h2 id="documentation">Documentation</h2>
<div class="all">${menuHtml(menu())}</div>
</section>`,
  })
})

const terminal = (output: string) => escapeHtml(output).replace(/^(\$ .*|✓)/gm, '<b>$1</b>')

/** The table that `npm run bench -- report` writes below a comment with this name. */
function tableOf({ file, tokens }: Document, name: string): Tokens.Table {
  const at = tokens.findIndex(({ type, raw }) => type === 'html' && raw.includes(`bench:${name} `))
  const table = tokens.slice(at + 1).find(({ type }) => type !== 'space')
  if (at === -1 || table?.type !== 'table') throw new Error(`\`${file}\` has no table \`bench:${name}\`.`)
  return table as Tokens.Table
}
