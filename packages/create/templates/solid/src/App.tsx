import { Match, Switch } from 'solid-js'
import { HomePage } from './HomePage.tsx'
import type { Page } from './page.ts'
import { PostPage } from './PostPage.tsx'

export function App(props: { page: Page }) {
  const post = () => (props.page.view === 'post' ? props.page.post : undefined)
  return (
    <>
      <header>
        <a href="/">
          <img src="/favicon.svg" alt="" width="28" height="28" />
          My site
        </a>
      </header>
      <main>
        <Switch fallback={<NotFound />}>
          <Match when={props.page.view === 'home'}>
            <HomePage />
          </Match>
          <Match when={post()}>{(post) => <PostPage post={post()} />}</Match>
        </Switch>
      </main>
      <footer>
        Solid and <a href="https://github.com/vite-distill/vite-distill#documentation">vite-distill</a>
      </footer>
    </>
  )
}

function NotFound() {
  return (
    <>
      <h1>Not found</h1>
      <p class="lead">There is no page at this address.</p>
      <p>
        <a href="/">To the home page</a>
      </p>
    </>
  )
}
