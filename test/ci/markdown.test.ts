import { marked } from 'marked'
import { parseFragment, type DefaultTreeAdapterTypes as Tree } from 'parse5'
import { describe, expect, it } from 'vitest'
import { toMarkdown } from '../../src/ci/markdown.ts'
import type { Report } from '../../src/ci/report.ts'

const render = (report: Report, redact = (text: string) => text) =>
  toMarkdown(report, 'vite-distill publish', redact)

/** The elements of a report as a browser has them, and their text. */
function read(report: Report) {
  const names: string[] = []
  const texts: string[] = []
  const walk = (node: Tree.Node): void => {
    if (node.nodeName === '#text') texts.push((node as Tree.TextNode).value)
    else if (!node.nodeName.startsWith('#')) names.push(node.nodeName)
    if ('childNodes' in node) node.childNodes.forEach(walk)
  }
  walk(parseFragment(marked.parse(render(report), { async: false, gfm: true })))
  return { names, text: texts.join('').replace(/\s+/g, ' ') }
}

const change = (key: string, action = 'upload' as 'upload' | 'delete') =>
  ({ key, action, reason: action === 'delete' ? 'orphan' : 'new' }) as const

describe('the report of a command', () => {
  it('has the words of the terminal, the address, notices and a table of changes, deletes first', () => {
    const report: Report = {
      lines: ['\u001B[32m✓\u001B[39m Published to dir:///www/: 1 uploaded', '  1 verified'],
      url: 'https://www.example.com/?a&b',
      changes: [change('a.html'), change('old.html', 'delete')],
      notices: ['Set `publicUrl`.'],
    }
    expect(render(report)).toBe(`### ✅ \`vite-distill publish\`

Published to dir:///www/: 1 uploaded

- 1 verified

<https://www.example.com/?a&b>

**Notices**

- Set \`publicUrl\`.

<details><summary>2 changes</summary>

| Key | Action | Reason |
| --- | --- | --- |
| \`old.html\` | delete | orphan |
| \`a.html\` | upload | new |

</details>

`)
  })

  it('has the code, the message and the hint of a failure', () => {
    const failure = { code: 'UNVERIFIED', message: '1 file is wrong\n  <b> & more', hint: 'Purge `/b`.' }
    expect(render({ lines: [], failure })).toBe(`### ❌ \`vite-distill publish\`: \`UNVERIFIED\`

1 file is wrong

<pre>  &#60;b&#62; &#38; more</pre>

Purge \`/b\`.

`)
  })

  const hostile = [
    'a|b',
    'a\\|b',
    '`',
    '``` x',
    'a`b`c',
    ' leading',
    '<script>alert(1)</script>',
    '</pre><img src=x>',
    '</details>',
    '![x](https://evil.example/x.png)',
    '[x](javascript:alert(1))',
    '**b** _i_ ~~s~~ $x$ #1 @me',
    '<!-- -->',
    '&lt;b&gt; &#124;',
    '" onmouseover="x',
    '\\',
  ]

  it.each(hostile)('shows %j as text, wherever it stands', (text) => {
    const plain: Report = {
      lines: ['x', 'x'],
      url: 'https://x/x',
      changes: [change('x'), change('x', 'delete')],
      notices: ['x'],
      warnings: ['x'],
      failure: { code: 'UNVERIFIED', message: 'x\nx', hint: 'x' },
    }
    const replaced = JSON.parse(JSON.stringify(plain).replaceAll('"x"', JSON.stringify(text))) as Report
    const report = {
      ...replaced,
      url: `https://x/${text}`,
      failure: { code: 'X', message: `${text}\n${text}` },
    }
    const { names, text: shown } = read(report)
    const expected = read({ ...plain, failure: { code: 'X', message: 'x\nx' } }).names
    // A pair of backticks quotes code and an address becomes a link. There is nothing else that it can make.
    const others = (all: string[]) => all.filter((name) => name !== 'code' && name !== 'a')
    expect(others(names)).toEqual(others(expected))
    const seen = text.trim().replace(/\s+/g, ' ')
    expect(shown.split(seen).length - 1).toBeGreaterThanOrEqual(text.includes('`') ? 4 : 8)
  })

  it.each(['line\nbreak', 'return\rhere', '\u001B]8;;x\u0007', '\u202Egnp.exe', '\n\n# heading\n\n- item'])(
    'keeps %j on its line',
    (text) => {
      const { names } = read({
        lines: ['x'],
        changes: [change(text)],
        notices: [text],
        failure: { code: 'X', message: `x\n${text}` },
      })
      expect(names).not.toContain('h1')
      expect(names.filter((name) => name === 'tr')).toHaveLength(2)
      expect(names.filter((name) => name === 'li')).toHaveLength(1)
    },
  )

  it('is cut at a length that GitHub takes, and says so', () => {
    const key = `${'|'.repeat(1000)}`
    const changes = Array.from({ length: 100_000 }, (_, i) => change(`${key}${i}`))
    const text = 'x'.repeat(100)
    const long = render({
      lines: [text],
      changes,
      notices: Array.from({ length: 1000 }, () => text),
      failure: { code: 'X', message: `${text}\n`.repeat(10_000) },
    })
    expect(long.length).toBeLessThan(300_000)
    expect(long).toContain('<summary>100,000 changes</summary>')
    expect(long).toMatch(/and 99,\d{3} more, which `--json` lists/)
    expect(long).toContain('- and 950 more')
  })

  it('has no secret', () => {
    const secret = 'hush_hush|'
    const report: Report = {
      lines: [`a ${secret}`],
      url: `https://x/${secret}`,
      changes: [change(secret)],
      notices: [secret],
      warnings: [secret],
      failure: { code: 'X', message: `${secret}\n${secret}`, hint: secret },
    }
    const shown = render(report, (text) => text.replaceAll(secret, '***'))
    expect(shown).not.toContain('hush')
    expect(shown.match(/\*\*\*|(&#42;){3}/g)).toHaveLength(8)
  })
})
