import type { HintTable } from './hints.ts'
import { wasm } from './tags.wasm.ts'

/** What is told of a document, in order; places count bytes. */
export interface TagVisitor {
  /** An attribute whose value has a hint in it. */
  value(kind: 'url' | 'srcset' | 'style', start: number, end: number, quoted: boolean): void
  /** The content of a `<style>` that has a hint in it. */
  style(start: number, end: number): void
  /** A `<link>` with a hint in it, and where its `rel` is: whether its attributes are to be told. */
  link(start: number, end: number): boolean
  /** A `<base>`, and where its `href` is. */
  base(start: number, end: number): void
  /** A `<template>`, and whether what is in it is only there for scripts. */
  template(inert: boolean): void
  templateEnd(): void
}

/** What assembly/tags.ts exports. */
interface Reader {
  memory: { buffer: ArrayBuffer; grow(pages: number): number }
  hints: { value: number }
  document: { value: number }
  records(length: number): number
  read(length: number): number
}

// Node has it, but its types do not.
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object) => { exports: unknown }
}

/** As assembly/tags.ts counts them. */
const values = ['url', 'srcset', 'style'] as const
const [styleText, linkStart, baseStart, templateStart] = [3, 4, 5, 6]
const recordSize = 4

const memoryPage = 1 << 16
/** Bytes of memory that are kept from page to page. */
const mostKept = 1 << 24

let compiled: object | undefined
let reader: Reader | undefined

/** Tells the visitor what a document has, but for comments, scripts, and what follows the last hint. */
export function visitTags(html: Buffer, hints: HintTable, visitor: TagVisitor): void {
  const records = read(html, hints)
  for (let at = 0; at < records.length; at += recordSize) {
    const kind = records[at]!
    const start = records[at + 1]!
    const end = records[at + 2]!
    const more = records[at + 3]!
    if (kind < values.length) visitor.value(values[kind]!, start, end, more === 1)
    else if (kind === styleText) visitor.style(start, end)
    else if (kind === linkStart) at += visitor.link(start, end) ? 0 : more * recordSize
    else if (kind === baseStart) visitor.base(start, end)
    else if (kind === templateStart) visitor.template(more === 1)
    else visitor.templateEnd()
  }
}

function read(html: Buffer, hints: HintTable): Uint32Array {
  reader ??= createReader()
  const { memory, document } = reader
  const start = reader.records(html.length)
  const missing = start - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / memoryPage))
  const bytes = new Uint8Array(memory.buffer)
  bytes.set(hints, reader.hints.value)
  bytes.set(html, document.value)
  const end = reader.read(html.length)
  const records = new Uint32Array(memory.buffer, start, (end - start) / Uint32Array.BYTES_PER_ELEMENT)
  if (memory.buffer.byteLength > mostKept) reader = undefined
  return records
}

function createReader(): Reader {
  compiled ??= new WebAssembly.Module(Buffer.from(wasm, 'base64'))
  return new WebAssembly.Instance(compiled).exports as Reader
}
