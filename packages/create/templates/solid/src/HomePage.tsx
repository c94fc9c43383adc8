import { createSignal, For } from 'solid-js'
import { posts } from './posts.ts'

export function HomePage() {
  const [count, setCount] = createSignal(0)
  return (
    <>
      <h1>Rendered once, served as a file</h1>
      <p class="lead">
        Solid rendered this page when the site was built. In the browser, Solid takes it over: the button
        counts.
      </p>
      <button type="button" onClick={() => setCount(count() + 1)}>
        Count: {count()}
      </button>
      <ul class="posts">
        <For each={posts}>
          {({ slug, title, summary }) => (
            <li>
              <a href={`/posts/${slug}/`}>
                <h2>{title}</h2>
                <p>{summary}</p>
              </a>
            </li>
          )}
        </For>
      </ul>
    </>
  )
}
