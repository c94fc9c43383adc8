import { type ReactNode, Suspense, lazy, use, useState } from 'react'

/** A route in its own chunk: it loads while the rest of the page is sent. */
const Gallery = lazy(() => import('./Gallery.tsx'))

export interface AppProps {
  path: string
  /** Read where it is shown, so that the page does not wait for it. */
  sightings?: Promise<string[]>
}

export const titles: Record<string, string> = { '/': 'Pond life', '/gallery/': 'Gallery', '/about/': 'About' }

export function App({ path, sightings }: AppProps): ReactNode {
  return (
    <>
      <nav>
        {Object.entries(titles).map(([href, title]) => (
          <a key={href} href={href} aria-current={href === path ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <main>
        <h1>{titles[path]}</h1>
        <Suspense fallback={<p>A moment…</p>}>
          {path === '/gallery/' ? <Gallery /> : sightings ? <Sightings of={sightings} /> : <About />}
        </Suspense>
        <Counter />
      </main>
    </>
  )
}

function Sightings({ of }: { of: Promise<string[]> }): ReactNode {
  return (
    <ul>
      {use(of).map((sighting) => (
        <li key={sighting}>{sighting}</li>
      ))}
    </ul>
  )
}

const About = () => <p>What lives in the pond behind the school, counted by its third form.</p>

function Counter(): ReactNode {
  const [count, setCount] = useState(0)
  return <button onClick={() => setCount(count + 1)}>{count} newts counted</button>
}
