import {
  findPost,
  listFeed,
  listPages,
  listPosts,
  listRevisions,
  listTagLists,
  updatePost,
  type Edit,
} from './db/posts.ts'
import { escape } from './render.ts'
import { listPath, postDataPath, postPath, site, tagPath } from './site.ts'

/** The form that changes a post; undefined if there is no such post. */
export async function editorPage(slug: string): Promise<string | undefined> {
  const post = await findPost(slug)
  if (!post) return undefined
  const field = (name: keyof Edit, rows: number) =>
    `<p><label>${name}<br><textarea name="${name}" rows="${rows}" cols="100" required>
${escape(post[name])}</textarea></label></p>`
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <link rel="icon" type="image/svg+xml" href="/favicon.svg">
    <title>${escape(post.title)} · Editor · ${site.name}</title>
  </head>
  <body>
    <h1>${escape(post.title)}</h1>
    <form method="post">
      ${field('title', 1)}
      ${field('summary', 4)}
      ${field('body', 24)}
      <button>Save and publish</button>
    </form>
  </body>
</html>`
}

/** Saves a post. Resolves to the paths of all distilled pages that show something else now. */
export async function savePost(slug: string, edit: Edit): Promise<string[]> {
  const before = await versions()
  await updatePost(slug, edit)
  const after = await versions()
  return [...after].filter(([path, version]) => before.get(path) !== version).map(([path]) => path)
}

/** The path of every distilled page that shows a post, with what tells one version of it from another. */
async function versions(): Promise<Map<string, string>> {
  const [posts, lists, tags, feed, latest] = await Promise.all([
    listRevisions(),
    listPages(),
    listTagLists(),
    listFeed(20),
    listPosts(1, 3),
  ])
  return new Map([
    ...posts.flatMap(({ slug, version }): [string, string][] => [
      [postPath(slug), version],
      [postDataPath(slug), version],
    ]),
    ...lists.map(({ n, version }): [string, string] => [listPath(n), version]),
    ...tags.map(({ tag, version }): [string, string] => [tagPath(tag), version]),
    ['/feed.xml', JSON.stringify(feed)],
    ['/404.html', JSON.stringify(latest)],
  ])
}
