import { QuoteType, Tokenizer } from 'htmlparser2'

/** An attribute of a start tag. */
export interface Attribute {
  /** In lower case. */
  name: string
  /** Where the value is in the document, without its quotes. It is empty if there is none. */
  start: number
  end: number
  quoted: boolean
}

/** Called for each tag that has its `>`, in the order of the document. It must not read another document meanwhile. */
export interface ElementVisitor {
  /** The name is in lower case. */
  startTag(name: string, attributes: readonly Attribute[]): void
  /** Where the name is: few end tags matter, and a copy of each name would cost more than finding them. */
  endTag(start: number, end: number): void
  /** Where the content of a `<style>` is; it may lack its end tag. */
  style(start: number, end: number): void
}

/**
 * Reads the elements of a document by the rules of browsers, in linear time. What is in comments, scripts and other
 * elements that hold text is no element.
 */
export function readElements(html: string, visitor: ElementVisitor): void {
  reader.read(html, visitor)
}

/**
 * Follows htmlparser2's `Tokenizer`, and corrects it in the three places where it differs from the HTML standard:
 * CDATA sections, scripts with comments in them, and quotes in end tags. The last two make it start again at another
 * place.
 */
class ElementReader {
  #html!: string
  #visitor!: ElementVisitor
  readonly #tokenizer = new Tokenizer({ decodeEntities: false }, this)
  /** Where the tokenizer has to start again, instead of going on. */
  #restart: number | undefined
  /** Where the tokenizer's first character is in the document. */
  #offset = 0
  /** The start tag that is being read, or whose content is. */
  #element = ''
  #contentStart = 0
  #attributes: Attribute[] = []
  #name = ''
  #valueStart = 0
  #valueEnd = 0
  /** Where the name of the end tag is whose attributes are being read. */
  #endTag: { start: number; end: number } | undefined

  read(document: string, visitor: ElementVisitor): void {
    this.#html = document
    this.#visitor = visitor
    this.#element = ''
    this.#endTag = undefined
    // Outside of SVG, `<![CDATA[` begins a comment that ends at the next `>`. Without its `<!`, it is found much faster.
    const html = document.replaceAll('[CDATA[', '_CDATA[')
    this.#restart = 0
    while (this.#restart !== undefined) {
      const start = this.#restart
      this.#restart = undefined
      this.#tokenizer.reset()
      // The tokenizer reads the attributes of a start tag as browsers read those of an end tag.
      const before = this.#endTag === undefined ? '' : '<b'
      this.#tokenizer.write(before)
      this.#offset = start - before.length
      this.#tokenizer.write(html.slice(start))
      this.#tokenizer.end()
    }
  }

  onopentagname(start: number, end: number): void {
    this.#element = this.#lowerCase(start, end)
    if (this.#attributes.length > 0) this.#attributes = []
  }

  onattribname(start: number, end: number): void {
    this.#name = this.#lowerCase(start, end)
  }

  onattribdata(start: number, end: number): void {
    this.#valueStart = this.#offset + start
    this.#valueEnd = this.#offset + end
  }

  onattribend(quote: QuoteType, nameEnd: number): void {
    if (quote === QuoteType.NoValue) this.onattribdata(nameEnd, nameEnd)
    const quoted = quote === QuoteType.Single || quote === QuoteType.Double
    this.#attributes.push({ name: this.#name, start: this.#valueStart, end: this.#valueEnd, quoted })
  }

  onopentagend(end: number): void {
    this.#contentStart = this.#offset + end + 1
    if (this.#endTag === undefined) return this.#visitor.startTag(this.#element, this.#attributes)
    this.#element = ''
    this.#visitor.endTag(this.#endTag.start, this.#endTag.end)
    this.#endTag = undefined
  }

  onselfclosingtag(end: number): void {
    this.onopentagend(end)
  }

  ontext(start: number, end: number): void {
    if (this.#element === 'style') this.#visitor.style(this.#offset + start, this.#offset + end)
  }

  onclosetag(start: number, end: number): void {
    const open = this.#element
    this.#element = ''
    const nameStart = this.#offset + start
    if (open === 'script') {
      const tagStart = nameStart - '</'.length
      const scriptEnd = this.#endOfScript(tagStart)
      if (scriptEnd > tagStart) return this.#startAgain(scriptEnd)
    }
    const nameEnd = this.#offset + end
    if (this.#html[nameEnd] === '>') return this.#visitor.endTag(nameStart, nameEnd)
    const firstClose = this.#html.indexOf('>', nameEnd)
    if (firstClose < 0) return
    // The tokenizer takes the first `>` for the end of the tag, even between quotes.
    if (/["']/.test(this.#html.slice(nameEnd, firstClose))) {
      this.#endTag = { start: nameStart, end: nameEnd }
      this.#startAgain(nameEnd)
    } else this.#visitor.endTag(nameStart, nameEnd)
  }

  /**
   * Where a script's end tag is, if not at the first one: inside of a comment, a script in the script has an end tag
   * of its own.
   */
  #endOfScript(firstEndTag: number): number {
    if (!this.#html.slice(this.#contentStart, firstEndTag).includes('<!--')) return firstEndTag
    const mark = /<!--|-->|<\/?script(?=[\t\n\f\r />])/gi
    mark.lastIndex = this.#contentStart
    let inComment = false
    let inScript = false
    for (let match = mark.exec(this.#html); match; match = mark.exec(this.#html)) {
      const [found] = match
      if (found === '<!--') {
        inComment = true
        // Its dashes may belong to the `-->` as well.
        mark.lastIndex -= 2
      } else if (found === '-->') inComment = inScript = false
      else if (found[1] !== '/') inScript = inComment
      else if (inScript) inScript = false
      else return match.index
    }
    return this.#html.length
  }

  #startAgain(at: number): void {
    this.#restart = at
    this.#tokenizer.pause()
  }

  #lowerCase(start: number, end: number): string {
    return this.#html.slice(this.#offset + start, this.#offset + end).toLowerCase()
  }

  onattribentity(): void {}
  oncdata(): void {}
  oncomment(): void {}
  ondeclaration(): void {}
  onend(): void {}
  onprocessinginstruction(): void {}
  ontextentity(): void {}
}

/** One for all documents: a tokenizer costs more to make than to reset. */
const reader = new ElementReader()
