import { hydrate } from 'solid-js/web'
import { App } from './App.tsx'
import { pageAt } from './page.ts'

hydrate(() => <App page={pageAt(location.pathname)} />, document.getElementById('app')!)
