/** The data of a page: made on the server, kept in the page as JSON, and rendered by the same components in both places. */

interface PostLink {
  slug: string
  title: string
  lang: string
}

export interface Summary extends PostLink {
  summary: string
  hue: number
  minutes: number
  author: string
  tags: string[]
  /** `2025-10-27` */
  published: string
  /** `27 October 2025`: written by the database, since browsers and Node may format dates differently. */
  publishedText: string
}

export interface FeedEntry extends Summary {
  updated: string
}

export interface Article extends FeedEntry {
  body: string
  /** Null when it was never revised. */
  updatedText: string | null
  older: PostLink | null
  newer: PostLink | null
}

export interface TagCount {
  name: string
  count: number
}

interface Base {
  /** Its own address, percent-encoded: `/posts/caf%C3%A9/`. */
  path: string
  title: string
  description: string
}

export interface ListPage extends Base {
  view: 'list'
  heading: string
  posts: Summary[]
  tags: TagCount[]
  /** Which of the numbered pages this is; null for a tag's page. */
  pager: { page: number; pages: number } | null
}

export interface PostPage extends Base {
  view: 'post'
  post: Article
}

export interface AboutPage extends Base {
  view: 'about'
  tags: TagCount[]
}

export interface NotFoundPage extends Base {
  view: 'notFound'
  posts: Summary[]
}

export type Page = ListPage | PostPage | AboutPage | NotFoundPage
