import { describe, expect, it } from 'vitest'
import { createPreloads } from '../../src/vite/preload-links.ts'

const preloads = createPreloads({
  base: '/docs/',
  chunks: {
    'assets/Map-1.js': ['assets/Map-1.js', 'assets/List-1.js', 'assets/List-1.css', 'assets/Map-1.css'],
    'assets/List-1.js': ['assets/List-1.js', 'assets/List-1.css'],
  },
  modules: {
    'src/App.vue': [],
    'src/Map.vue': ['assets/Map-1.js'],
    'src/List.vue': ['assets/List-1.js'],
  },
})

describe('preloads', () => {
  const map = `<link rel="modulepreload" crossorigin href="/docs/assets/Map-1.js">
<link rel="modulepreload" crossorigin href="/docs/assets/List-1.js">
<link rel="stylesheet" crossorigin href="/docs/assets/List-1.css">
<link rel="stylesheet" crossorigin href="/docs/assets/Map-1.css">`

  it('names each file once, the styles of an imported chunk first', () => {
    expect(preloads(['src/Map.vue'])).toBe(map)
    expect(preloads(new Set(['src/App.vue', 'src/Map.vue', 'src/List.vue']))).toBe(map)
  })

  it('takes the keys of `import.meta.glob`', () => expect(preloads(['/src/Map.vue'])).toBe(map))

  it('leaves out modules of the entry, and those that only the server has', () => {
    expect(preloads(['src/App.vue', 'src/Server.vue'])).toBe('')
    expect(preloads([])).toBe('')
  })

  it('throws for modules of which the client has none', () => {
    expect(() => preloads(['src/Mpa.vue'])).toThrow(/the client's build has no module `src\/Mpa\.vue`/)
    expect(() => preloads(['toString'])).toThrow('no module `toString`')
  })
})
