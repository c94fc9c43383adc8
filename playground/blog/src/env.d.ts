/// <reference types="vite/client" />
/// <reference types="vite-distill/client" />

declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent<Record<string, unknown>>
  export default component
}
