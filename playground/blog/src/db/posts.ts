import type { Article, FeedEntry, Summary, TagCount } from '../page.ts'
import { database } from './open.ts'

const perPage = 10

/** The columns that lists show. */
const summary = `
  select
    post.slug, post.title, post.summary, post.lang, post.hue, post.minutes,
    author.name as author,
    to_char(post.published, 'YYYY-MM-DD') as published,
    to_char(post.published, 'FMDD FMMonth YYYY') as "publishedText",
    (
      select array_agg(tag.name order by post_tags.position)
      from post_tags join tags tag on tag.id = post_tags.tag_id
      where post_tags.post_id = post.id
    ) as tags
  from posts post
  join authors author on author.id = post.author_id`

const newestFirst = 'order by post.published desc, post.id'

async function rows<Row>(sql: string, params: unknown[] = []): Promise<Row[]> {
  const db = await database()
  return (await db.query<Row>(sql, params)).rows
}

/** A page of the list, newest first, counted from 1. */
export const listPosts = (page: number, count = perPage) =>
  rows<Summary>(`${summary} ${newestFirst} limit $1 offset $2`, [count, (page - 1) * count])

export const listFeed = (count: number) =>
  rows<FeedEntry>(
    `select latest.*, to_char(posts.updated, 'YYYY-MM-DD') as updated
     from (${summary} ${newestFirst} limit $1) latest
     join posts using (slug)
     order by posts.published desc, posts.id`,
    [count],
  )

/** The pages of the list, each with a hash of what it shows. */
export const listPages = () =>
  rows<{ n: number; version: string }>(
    `select (place - 1) / $1 + 1 as n, md5(string_agg(shown::text, '' order by place)) as version
     from (select shown, (row_number() over ())::int as place from (${summary} ${newestFirst}) shown) placed
     group by 1
     order by 1`,
    [perPage],
  )

export async function countPages(): Promise<number> {
  const [row] = await rows<{ pages: number }>('select ceil(count(*) / $1::float)::int as pages from posts', [
    perPage,
  ])
  return row!.pages
}

/**
 * Every post, newest first, with the date of its last revision and a hash of what its page shows. The date and the
 * count of revisions stand for the text: who changes that changes one of them.
 */
export const listRevisions = () =>
  rows<{ slug: string; updated: string; version: string }>(
    `select
       slug, to_char(posts.updated, 'YYYY-MM-DD') as updated,
       md5(row(shown, posts.updated, posts.revision, lag(link) over by_date, lead(link) over by_date)::text) as version
     from (${summary}) shown
     join posts using (slug)
     cross join lateral jsonb_build_object('slug', slug, 'title', posts.title, 'lang', posts.lang) as link
     window by_date as (order by posts.published desc, posts.id)
     order by posts.published desc, posts.id`,
  )

/** One post with its neighbours in time, or undefined. */
export async function findPost(slug: string): Promise<Article | undefined> {
  const [post] = await rows<Article>(
    `select
       found.*, posts.body,
       to_char(posts.updated, 'YYYY-MM-DD') as updated,
       case when posts.updated > posts.published then to_char(posts.updated, 'FMDD FMMonth YYYY') end as "updatedText",
       older.link as older, newer.link as newer
     from (${summary} where post.slug = $1) found
     join posts using (slug)
     left join lateral (
       select jsonb_build_object('slug', slug, 'title', title, 'lang', lang) as link
       from posts other where other.published < posts.published
       order by other.published desc limit 1
     ) older on true
     left join lateral (
       select jsonb_build_object('slug', slug, 'title', title, 'lang', lang) as link
       from posts other where other.published > posts.published
       order by other.published limit 1
     ) newer on true`,
    [slug.normalize('NFC')],
  )
  return post
}

export const listTagged = (tag: string) =>
  rows<Summary>(
    `${summary}
     where post.id in (
       select post_id from post_tags join tags on tags.id = tag_id where tags.name = $1
     )
     ${newestFirst}`,
    [tag.normalize('NFC')],
  )

export const listTags = () =>
  rows<TagCount>(
    `select tags.name, count(*)::int as count
     from tags join post_tags on post_tags.tag_id = tags.id
     group by tags.id
     order by count(*) desc, tags.name collate "C"`,
  )

/** The tags that posts have, each with a hash of what its list shows. */
export const listTagLists = () =>
  rows<{ tag: string; version: string }>(
    `select tag, md5(string_agg(shown::text, '' order by published desc, slug)) as version
     from (${summary}) shown, unnest(tags) as tag
     group by tag
     order by tag collate "C"`,
  )

/** What the editor changes of a post. */
export interface Edit {
  title: string
  summary: string
  /** HTML, shown as it is. */
  body: string
}

export const updatePost = (slug: string, { title, summary, body }: Edit) =>
  rows(
    `update posts
     set title = $2, summary = $3, body = $4, updated = greatest(updated, current_date), revision = revision + 1
     where slug = $1`,
    [slug.normalize('NFC'), title, summary, body],
  )
