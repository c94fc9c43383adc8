import type { Post } from './posts.ts'

export function PostPage({ post }: { post: Post }) {
  return (
    <>
      <h1>{post.title}</h1>
      <p className="lead">{post.summary}</p>
      {post.text.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      <pre>
        <code>{post.code}</code>
      </pre>
      <p>
        <a href="/">To the home page</a>
      </p>
    </>
  )
}
