/** The templates, each a folder of `templates/`, with what a question says of it. */
export const templates = {
  vue: 'Vue',
  react: 'React',
  svelte: 'Svelte',
  solid: 'Solid',
  h3: 'h3, plain strings',
} as const

export type Template = keyof typeof templates

export const isTemplate = (name: string): name is Template => Object.hasOwn(templates, name)
