import { createSSRApp } from 'vue'
import App from './App.vue'
import { views } from './views.ts'

// Load the view before hydrating, so that the page never goes blank. The page preloads it, so this is fast.
const { default: view } = await views[location.pathname]!.load()

createSSRApp(App, { view }).mount('#app')
