import { hydrateRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { pageAt } from './page.ts'

hydrateRoot(document.getElementById('app')!, <App page={pageAt(location.pathname)} />)
