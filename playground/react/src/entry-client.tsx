import { hydrateRoot } from 'react-dom/client'
import { App } from './App.tsx'

const path = location.pathname
const sightings =
  path === '/' ? fetch('/sightings.json').then((response) => response.json() as Promise<string[]>) : undefined

hydrateRoot(document.getElementById('app')!, <App path={path} sightings={sightings} />)
