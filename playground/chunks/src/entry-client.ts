import { createSSRApp } from 'vue'
import App from './App.vue'
import { views } from './views.ts'

// Loaded before hydrating, so that what is on the page never goes away; it is there already, as it was preloaded.
const { default: view } = await views[location.pathname]!.load()

createSSRApp(App, { view }).mount('#app')
