/** The types of this package's virtual modules: `/// <reference types="vite-distill/client" />`. */
declare module 'virtual:distill/template' {
  /** The app's `index.html`: with the elements of the client build, and in dev with Vite's client. */
  const template: string
  export default template
}

declare module 'virtual:distill/preloads' {
  /**
   * The `<link>` elements for the styles and chunks that these modules need in the browser and the template does not
   * name: put them at the end of the page's head. Empty in dev, where nothing is bundled.
   * @param modules The modules that a page rendered, as paths from Vite's root: `src/views/Map.vue`, as in Vue's
   *   `context.modules`, or `/src/views/Map.vue`, as in the keys of `import.meta.glob`. Those that only the server has
   *   are left out.
   * @throws {Error} if the client has none of them
   */
  export function preloads(modules: Iterable<string>): string
}
