/*
 * Modules beside a server's bundle, each of one JSON value. Their files end in `.mjs`, because the app's package.json
 * may say that a `.js` file is CommonJS.
 */

/** What the client's build tells the server's: the template, and the files of lazy chunks. */
export const templateFile = '__distill_template.mjs'
export const preloadsFile = '__distill_preloads.mjs'

const start = 'const value = '

/** The text of a module. `import`, and `require()` in a CommonJS bundle, give the value itself. */
export const besideModule = (value: unknown): string =>
  `${start}${JSON.stringify(value)}\nexport { value as default, value as 'module.exports' }\n`

/** The value in the text of a module. */
export const besideValue = (text: string): unknown => JSON.parse(text.slice(start.length, text.indexOf('\n')))
