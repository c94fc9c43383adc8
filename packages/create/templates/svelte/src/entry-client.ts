import { hydrate } from 'svelte'
import App from './App.svelte'
import { pageAt } from './page.ts'

hydrate(App, { target: document.getElementById('app')!, props: { page: pageAt(location.pathname) } })
