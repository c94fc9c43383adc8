import { For, Suspense, createResource, createSignal } from 'solid-js'

export const titles: Record<string, string> = {
  '/': 'Ferry times',
  '/islands/': 'Islands',
  '/about/': 'About',
}

/** Slow, like a database. The browser gets its result with the page. */
async function listIslands(): Promise<string[]> {
  await new Promise((resolve) => setTimeout(resolve, 20))
  return ['Sark', 'Herm', 'Brecqhou']
}

export function App(props: { path: string }) {
  return (
    <>
      <nav>
        <For each={Object.entries(titles)}>{([href, title]) => <a href={href}>{title}</a>}</For>
      </nav>
      <h1>{titles[props.path]}</h1>
      {props.path === '/islands/' ? <Islands /> : <p>The first boat leaves when the tide allows.</p>}
      <Counter />
    </>
  )
}

function Islands() {
  const [islands] = createResource(listIslands)
  return (
    <Suspense fallback={<p>A moment…</p>}>
      <ul>
        <For each={islands()}>{(island) => <li>{island}</li>}</For>
      </ul>
    </Suspense>
  )
}

function Counter() {
  const [count, setCount] = createSignal(0)
  return <button onClick={() => setCount(count() + 1)}>{count()} tickets</button>
}
