import { type Post, posts } from './posts.ts'

/** What a page shows. */
export type Page =
  | { view: 'home'; title: string }
  | { view: 'post'; title: string; post: Post }
  | { view: 'notFound'; title: string }

/** The page at a path. The server and the browser both ask this, so that they render the same. */
export function pageAt(path: string): Page {
  if (path === '/') return { view: 'home', title: 'My site' }
  const post = posts.find(({ slug }) => path.replace(/\/$/, '') === `/posts/${slug}`)
  if (post) return { view: 'post', title: `${post.title} · My site`, post }
  return { view: 'notFound', title: 'Not found · My site' }
}
