import { For } from 'solid-js'
import type { Post } from './posts.ts'

export function PostPage(props: { post: Post }) {
  return (
    <>
      <h1>{props.post.title}</h1>
      <p class="lead">{props.post.summary}</p>
      <For each={props.post.text}>{(paragraph) => <p>{paragraph}</p>}</For>
      <pre>
        <code>{props.post.code}</code>
      </pre>
      <p>
        <a href="/">To the home page</a>
      </p>
    </>
  )
}
