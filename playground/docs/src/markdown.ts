import { Marked, Renderer, type Token, type Tokens } from 'marked'
import type { Highlighter } from 'shiki'
import type { Document } from './document.ts'
import { escapeHtml } from './escape-html.ts'
import { highlight } from './highlight.ts'
import { imageSize } from './image-size.ts'
import { plainText } from './plain-text.ts'

const languages: Record<string, string> = {
  js: 'JavaScript',
  md: 'Markdown',
  python: 'Python',
  sh: 'Shell',
  ts: 'TypeScript',
  tsx: 'TSX',
}

/** Markdown of a document as HTML. What may be wider than the page scrolls in a box of its own. */
export function toHtml({ headings, urls }: Document, tokens: Token[], highlighter: Highlighter): string {
  let above = ''
  const named = new Map<string, number>()
  /** A table is named by the heading above it, and by a number from the second one on. */
  const tableName = () => {
    const name = above ? `Table: ${above}` : 'Table'
    const count = (named.get(name) ?? 0) + 1
    named.set(name, count)
    return escapeHtml(count > 1 ? `${name} (${count})` : name)
  }

  return new Marked({
    renderer: {
      heading(token) {
        const { depth, id, text } = headings.get(token)!
        above = text
        const inside = this.parser.parseInline(token.tokens)
        return depth === 1
          ? `<h1>${inside}</h1>\n`
          : `<h${depth} id="${id}"><a class="anchor" href="#${id}" aria-hidden="true" tabindex="-1">#</a>${inside}</h${depth}>\n`
      },
      link(token) {
        return `<a href="${escapeHtml(urls.get(token)!)}">${this.parser.parseInline(token.tokens)}</a>`
      },
      image(token) {
        const { width, height } = imageSize(urls.get(token)!)
        return `<img src="${escapeHtml(urls.get(token)!)}" alt="${escapeHtml(token.text)}" width="${width}" height="${height}" loading="lazy">`
      },
      code({ text, lang }) {
        const name = lang ? `${languages[lang] ?? lang.toUpperCase()} code` : 'Output'
        const code = lang ? highlight(highlighter, text, lang) : escapeHtml(text)
        return `<pre role="group" aria-label="${name}" tabindex="0"><code>${code}\n</code></pre>\n`
      },
      table(token) {
        return `<div class="table${isNumbers(token) ? ' numbers' : ''}" role="group" aria-label="${tableName()}" tabindex="0">${Renderer.prototype.table.call(this, token)}</div>\n`
      },
      tablecell(token) {
        // A header without words is no header.
        const tag = token.header && plainText(token.tokens) ? 'th' : 'td'
        return `<${tag}${token.align ? ` class="${token.align}"` : ''}>${this.parser.parseInline(token.tokens)}</${tag}>`
      },
      html: ({ text }) => (text.trimStart().startsWith('<!--') ? '' : text),
    },
  }).parser(tokens)
}

/** Whether a table is one of measurements: its cells are short and are not broken into lines. */
function isNumbers({ rows }: Tokens.Table): boolean {
  const cells = rows.flatMap(([, ...rest]) => rest)
  return cells.filter(({ text }) => /^(\d|–)/.test(text)).length > cells.length / 2
}
