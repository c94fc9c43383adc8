import { createSSRApp } from 'vue'
import App from './App.vue'
import { pageAt } from './page.ts'

createSSRApp(App, { page: pageAt(location.pathname) }).mount('#app')
