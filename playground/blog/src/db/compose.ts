import * as english from './english.ts'
import { languages } from './languages.ts'

/** One post, as a row of the database. */
export interface Draft {
  slug: string
  title: string
  summary: string
  body: string
  lang: string
  author: string
  tags: string[]
  published: string
  /** The colour of its drawing, in degrees. */
  hue: number
}

const newest = Date.UTC(2025, 9, 27)
const day = 24 * 60 * 60 * 1000

/** The 300 posts, newest first; the same ones on every machine and every day. */
export function composePosts(): Draft[] {
  const posts = [...englishPosts(), ...otherPosts()]
  // 97 shares no factor with 300, so this visits every post once and mixes the languages.
  return posts.map((_, i) => ({
    ...posts[(i * 97) % posts.length]!,
    published: new Date(newest - (i * 4 + (i % 3)) * day).toISOString().slice(0, 10),
  }))
}

type Undated = Omit<Draft, 'published'>

function englishPosts(): Undated[] {
  return english.forms.flatMap((form, f) =>
    english.subjects.map((subject, s) => {
      const composed = form
        .replace('{s}', () => subject.name)
        .replace('{S}', () => capitalised(subject.name))
        .replace('{e}', () => subject.emoji)
      const title = english.awkwardTitles[composed] ?? composed
      const random = randomNumbers(f * english.subjects.length + s)
      return {
        ...compose(
          shuffled(subject.sentences, random),
          shuffled(english.sentences, random),
          shuffled(english.headings, random),
          ' ',
        ),
        slug: slugOf(title),
        title,
        lang: 'en',
        author: english.author,
        tags: subject.tags,
        hue: s * 18,
      }
    }),
  )
}

function otherPosts(): Undated[] {
  return Array.from({ length: 10 }, (_, t) =>
    languages.map(({ lang, author, tags, titles, headings, sentences }, l) => {
      const random = randomNumbers(1000 + t * languages.length + l)
      const [first, second, third, ...rest] = shuffled(sentences, random)
      return {
        ...compose(
          [first!, second!, third!],
          rest,
          shuffled(headings, random),
          /zh|ja/.test(lang) ? '' : ' ',
        ),
        slug: slugOf(titles[t]!),
        title: titles[t]!,
        lang,
        author,
        tags,
        hue: l * 30 + 9,
      }
    }),
  ).flat()
}

/** Builds the text around its own sentences; English has enough of the others for a second section and a list. */
function compose(own: string[], others: string[], headings: string[], space: string) {
  const take = (count: number) => others.splice(0, count)
  const paragraph = (sentences: string[]) => `<p>${sentences.join(space)}</p>`
  const summary = own.slice(0, 2).join(space)
  const body = [
    paragraph([...own.slice(0, 2), ...take(1)]),
    paragraph(take(3)),
    `<h2>${headings[0]}</h2>`,
    paragraph([...own.slice(2, 3), ...take(2)]),
    `<blockquote><p>${take(1).join(' ')}</p></blockquote>`,
  ]
  if (others.length > 8) {
    body.push(
      paragraph([...own.slice(3), ...take(3)]),
      `<h2>${headings[1]}</h2>`,
      paragraph(take(4)),
      `<ul>${take(3)
        .map((sentence) => `<li>${sentence}</li>`)
        .join('')}</ul>`,
    )
  }
  body.push(paragraph(take(2)))
  return { summary, body: body.join('\n') }
}

/** Keeps the letters, marks and digits of every script, and emoji. */
const slugOf = (title: string) =>
  title
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Extended_Pictographic}]+/gu, '-')
    .replace(/^-|-$/g, '')

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** Pseudo-random numbers from 0 to 1 that depend only on the seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed * 0x9e3779b1
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const copy = [...list]
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[copy[i], copy[j]] = [copy[j]!, copy[i]!]
  }
  return copy
}
