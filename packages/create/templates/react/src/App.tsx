import { HomePage } from './HomePage.tsx'
import type { Page } from './page.ts'
import { PostPage } from './PostPage.tsx'

export function App({ page }: { page: Page }) {
  return (
    <>
      <header>
        <a href="/">
          <img src="/favicon.svg" alt="" width="28" height="28" />
          My site
        </a>
      </header>
      <main>
        {page.view === 'home' && <HomePage />}
        {page.view === 'post' && <PostPage post={page.post} />}
        {page.view === 'notFound' && <NotFound />}
      </main>
      <footer>
        React and <a href="https://github.com/vite-distill/vite-distill#documentation">vite-distill</a>
      </footer>
    </>
  )
}

function NotFound() {
  return (
    <>
      <h1>Not found</h1>
      <p className="lead">There is no page at this address.</p>
      <p>
        <a href="/">To the home page</a>
      </p>
    </>
  )
}
