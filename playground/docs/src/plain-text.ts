import type { Token, Tokens } from 'marked'

/** The tokens inside another one: those of lists and tables are not in `tokens`. */
function childrenOf(token: Token): Token[] {
  if (token.type === 'list') return (token as Tokens.List).items
  if (token.type === 'table') {
    const { header, rows } = token as Tokens.Table
    return [...header, ...rows.flat()].flatMap(({ tokens }) => [...tokens, gap])
  }
  return 'tokens' in token ? (token.tokens ?? []) : []
}

const gap: Tokens.Text = { type: 'text', raw: ' ', text: ' ', escaped: true }

/** These tokens and all inside them, in the order of the text. */
export function* walk(tokens: Token[]): Generator<Token> {
  for (const token of tokens) {
    yield token
    yield* walk(childrenOf(token))
  }
}

/** The words of Markdown, without its marks. */
export const plainText = (tokens: Token[]): string => words(tokens).replace(/\s+/g, ' ').trim()

const blocks = new Set(['paragraph', 'heading', 'list_item', 'blockquote', 'code'])

function words(tokens: Token[]): string {
  let text = ''
  for (const token of tokens) {
    const inside = childrenOf(token)
    if (inside.length > 0) text += words(inside)
    else if (token.type === 'br' || token.type === 'space') text += ' '
    else if (token.type !== 'html' && 'text' in token) text += String(token.text)
    if (blocks.has(token.type)) text += ' '
  }
  return text
}
