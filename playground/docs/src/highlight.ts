import {
  type BundledLanguage,
  type Highlighter,
  type ThemedToken,
  createCssVariablesTheme,
  createHighlighter,
} from 'shiki'
import { escapeHtml } from './escape-html.ts'

/** The languages of the code in `docs/`. `sh` and the like are aliases. */
const langs = [
  'css',
  'docker',
  'html',
  'js',
  'json',
  'md',
  'nginx',
  'python',
  'sh',
  'ts',
  'tsx',
  'vue',
  'yaml',
]

/** Tokens name a variable instead of a colour. Its class has a colour of both themes in `style.css`. */
const theme = createCssVariablesTheme({ name: 'variables', variablePrefix: '--', fontStyle: false })

/** The classes of `style.css`. They are short because a page has hundreds of them. */
const classes: Record<string, string> = {
  'var(--token-comment)': 'm',
  'var(--token-constant)': 'c',
  'var(--token-function)': 'f',
  'var(--token-keyword)': 'k',
  'var(--token-string)': 's',
  'var(--token-string-expression)': 's',
}

let highlighter: Promise<Highlighter> | undefined

/** Loads the grammars, once and only where a page is rendered. */
export const loadHighlighter = (): Promise<Highlighter> =>
  (highlighter ??= createHighlighter({ langs, themes: [theme] }))

/** Code as HTML, with one element for each run of tokens of a kind. */
export function highlight({ codeToTokensBase }: Highlighter, code: string, lang: string): string {
  const lines = codeToTokensBase(code, {
    lang: lang as BundledLanguage,
    theme,
    // A time limit would make a page depend on how busy the machine is.
    tokenizeTimeLimit: 0,
  })
  return lines.map((line) => runs(line).map(element).join('')).join('\n')
}

interface Run {
  kind: string
  text: string
}

function runs(line: ThemedToken[]): Run[] {
  const found: Run[] = []
  for (const { content, color } of line) {
    const last = found.at(-1)
    const isSpace = content.trim() === ''
    const named = classes[color ?? ''] ?? ''
    // Operators are keywords to the grammars. They stay plain.
    const kind = named === 'k' && !/\w/.test(content) ? '' : named
    if (last && (isSpace || last.kind === kind)) last.text += content
    else found.push({ kind, text: content })
  }
  return found
}

const element = ({ kind, text }: Run): string =>
  kind ? `<span class="${kind}">${escapeHtml(text)}</span>` : escapeHtml(text)
