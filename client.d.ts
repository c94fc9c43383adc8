/** The types of this package's virtual modules: `/// <reference types="vite-distill/client" />`. */
declare module 'virtual:distill/template' {
  /** The app's `index.html`: with the elements of the client build, and in dev with Vite's client. */
  const template: string
  export default template
}
