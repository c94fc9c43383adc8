import GithubSlugger from 'github-slugger'
import { type Token, type Tokens, lexer } from 'marked'
import { plainText, walk } from './plain-text.ts'
import { read } from './repository.ts'
import { siteUrl } from './site-url.ts'

interface Heading {
  depth: number
  /** As on GitHub, so that links to it are right on both. */
  id: string
  text: string
}

/** A Markdown file, read. */
export interface Document {
  file: string
  tokens: Token[]
  /** Its first heading. */
  title: string
  /** Its first paragraph, in plain words. */
  description: string
  headings: Map<Token, Heading>
  /** Where its links and images lead on the site. */
  urls: Map<Token, string>
}

const parsed = new Map<string, { text: string; document: Document }>()

/** Reads a Markdown file of the repository. A file that did not change is parsed once. */
export function documentOf(file: string): Document {
  const text = read(file)
  const known = parsed.get(file)
  if (known?.text === text) return known.document
  const document = parse(file, text)
  parsed.set(file, { text, document })
  return document
}

function parse(file: string, text: string): Document {
  const tokens = lexer(text)
  const headings = headingsOf(tokens)
  const title = [...headings.values()].find(({ depth }) => depth === 1)?.text
  if (title === undefined) throw new Error(`\`${file}\` has no title: begin it with \`# …\`.`)
  const urls = new Map<Token, string>()
  for (const token of walk(tokens)) {
    if (token.type === 'link' || token.type === 'image')
      urls.set(token, siteUrl((token as Tokens.Link).href, file))
  }
  return { file, tokens, title, description: descriptionOf(tokens), headings, urls }
}

function headingsOf(tokens: Token[]): Map<Token, Heading> {
  const slugger = new GithubSlugger()
  const headings = new Map<Token, Heading>()
  for (const token of walk(tokens)) {
    if (token.type !== 'heading') continue
    const { depth, tokens: inside } = token as Tokens.Heading
    const text = plainText(inside)
    headings.set(token, { depth, id: slugger.slug(text), text })
  }
  return headings
}

function descriptionOf(tokens: Token[]): string {
  const paragraph = tokens.find(({ type }) => type === 'paragraph')
  const text = paragraph ? plainText([paragraph]).replace(/:$/, '.') : ''
  return text.length > 160 ? text.replace(/^(.{0,158})\s.*$/, '$1 …') : text
}
