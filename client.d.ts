/** The types of this package's virtual modules: `/// <reference types="vite-distill/client" />`. */
declare module 'virtual:distill/template' {
  /** The app's `index.html`: with the tags of the client build in a build, as it is on disk in dev. */
  const template: string
  export default template
}
