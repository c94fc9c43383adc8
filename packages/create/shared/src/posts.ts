export interface Post {
  slug: string
  title: string
  summary: string
  text: string[]
  code: string
}

/** The content of the site. It may come from a database or a CMS instead. */
export const posts: Post[] = [
  {
    slug: 'add-a-page',
    title: 'Add a page',
    summary: 'One more entry in a list is one more page.',
    text: [
      'The posts are a list in src/posts.ts. Add one and save: in development, its page is there.',
      'In src/entry-server.ts, the route /posts/:slug says which pages it has. distillParams returns their params, and it may wait for a database.',
    ],
    code: `const post = {
  distillParams: () => db.slugs(),
  default: respond,
}`,
  },
  {
    slug: 'build-the-site',
    title: 'Build the site',
    summary: 'The app, and beside it the site as plain files.',
    text: [
      'A build writes the client to dist/client and the server to dist/server, as always. Then it asks the server for each page, and writes the answers to dist/static.',
      'The preview serves dist/static as a bucket would. The app still runs on a server: distilling is an extra output.',
    ],
    code: `npm run build
npm run preview`,
  },
  {
    slug: 'publish-the-site',
    title: 'Publish the site',
    summary: 'To a folder on this machine, or to a bucket.',
    text: [
      'The targets are in vite.config.ts. The one named default is a folder, www. Put your bucket into s3-prod, and install its client, @aws-sdk/client-s3.',
      'A publish uploads what changed, checks every file through the public address, and deletes only what an earlier publish wrote.',
    ],
    code: `npm run publish
npm run publish -- s3-prod`,
  },
]
