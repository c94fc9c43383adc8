import { countPages, findPost, listPosts, listTagged, listTags } from './db/posts.ts'
import type { AboutPage, ListPage, NotFoundPage, PostPage } from './page.ts'
import { listPath, postPath, site, tagPath } from './site.ts'

export async function listPage(page: number): Promise<ListPage | undefined> {
  const [pages, posts, tags] = await Promise.all([countPages(), listPosts(page), listTags()])
  if (page > pages) return undefined
  return {
    view: 'list',
    path: listPath(page),
    title: page === 1 ? `${site.name} · a notebook of slow things` : `Page ${page} · ${site.name}`,
    description: page === 1 ? site.description : `Page ${page} of ${pages}: ${site.description}`,
    heading: page === 1 ? 'Latest notes' : `Notes, page ${page}`,
    posts,
    tags,
    pager: { page, pages },
  }
}

export async function postPage(slug: string): Promise<PostPage | undefined> {
  const post = await findPost(slug)
  return (
    post && {
      view: 'post',
      path: postPath(post.slug),
      title: `${post.title} · ${site.name}`,
      description: post.summary,
      post,
    }
  )
}

export async function taggedPage(tag: string): Promise<ListPage | undefined> {
  const [posts, tags] = await Promise.all([listTagged(tag), listTags()])
  if (posts.length === 0) return undefined
  return {
    view: 'list',
    path: tagPath(tag),
    title: `${tag} · ${site.name}`,
    description: `${posts.length} notes about ${tag}.`,
    heading: tag,
    posts,
    tags,
    pager: null,
  }
}

export const aboutPage = async (): Promise<AboutPage> => ({
  view: 'about',
  path: '/about/',
  title: `About · ${site.name}`,
  description: 'What a still room was, and what this one is for.',
  tags: await listTags(),
})

export const notFoundPage = async (): Promise<NotFoundPage> => ({
  view: 'notFound',
  path: '/404.html',
  title: `Not found · ${site.name}`,
  description: 'There is no page at this address.',
  posts: await listPosts(1, 3),
})
