import { defineHandler } from 'h3'
import { listFeed } from './db/posts.ts'
import type { FeedEntry } from './page.ts'
import { escape } from './render.ts'
import { postPath, site } from './site.ts'

const latest = () => listFeed(20)

export const distill = true
export const distillCacheKey = async () => JSON.stringify(await latest())

export default defineHandler(async (event) => {
  const posts = await latest()
  event.res.headers.set('content-type', 'application/atom+xml; charset=utf-8')
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
  <id>${site.url}/</id>
  <title>${site.name}</title>
  <subtitle>${site.description}</subtitle>
  <link rel="self" type="application/atom+xml" href="${site.url}/feed.xml"/>
  <link rel="alternate" type="text/html" href="${site.url}/"/>
  <updated>${posts
    .map(({ updated }) => updated)
    .sort()
    .at(-1)}T00:00:00Z</updated>
${posts.map(entry).join('\n')}
</feed>
`
})

const entry = (post: FeedEntry) => `  <entry xml:lang="${post.lang}">
    <id>${escape(site.url + postPath(post.slug))}</id>
    <title>${escape(post.title)}</title>
    <link rel="alternate" type="text/html" href="${escape(site.url + postPath(post.slug))}"/>
    <published>${post.published}T00:00:00Z</published>
    <updated>${post.updated}T00:00:00Z</updated>
    <author><name>${escape(post.author)}</name></author>
${post.tags.map((tag) => `    <category term="${escape(tag)}"/>`).join('\n')}
    <summary>${escape(post.summary)}</summary>
  </entry>`
