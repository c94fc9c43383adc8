import { useState } from 'react'
import { posts } from './posts.ts'

export function HomePage() {
  const [count, setCount] = useState(0)
  return (
    <>
      <h1>Rendered once, served as a file</h1>
      <p className="lead">
        React rendered this page when the site was built. In the browser, React takes it over: the button
        counts.
      </p>
      <button type="button" onClick={() => setCount(count + 1)}>
        Count: {count}
      </button>
      <ul className="posts">
        {posts.map(({ slug, title, summary }) => (
          <li key={slug}>
            <a href={`/posts/${slug}/`}>
              <h2>{title}</h2>
              <p>{summary}</p>
            </a>
          </li>
        ))}
      </ul>
    </>
  )
}
