import { hydrate } from 'solid-js/web'
import { App } from './App.tsx'

hydrate(() => <App path={location.pathname} />, document.getElementById('app')!)
