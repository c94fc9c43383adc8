import { join } from 'node:path'
import type { Plugin } from 'vite'

/** In dev, a saved text reloads the page. Texts are no modules, so Vite does not know them. */
export const reload = (repository: string): Plugin => ({
  name: 'docs:reload',
  apply: 'serve',
  configureServer({ watcher, environments }) {
    const docs = join(repository, 'docs')
    const texts = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'].map((file) =>
      join(repository, file),
    )
    watcher.add([docs, ...texts])
    watcher.on('all', (_, path) => {
      if (path.startsWith(docs) || texts.includes(path)) environments.client.hot.send({ type: 'full-reload' })
    })
  },
})
