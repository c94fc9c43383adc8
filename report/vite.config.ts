import { createHash } from 'node:crypto'
import vue from '@vitejs/plugin-vue'
import { type Plugin, defineConfig } from 'vite'

// Vue as it is for users, whoever starts the build: Vitest sets `test`.
process.env['NODE_ENV'] = 'production'

const sha256 = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Makes one file of the page: script and styles inside, and a policy that allows these and nothing else. */
function oneFile(fileName: string): Plugin {
  return {
    name: 'report:one-file',
    enforce: 'post',
    generateBundle(_, bundle) {
      let html = ''
      let script = ''
      let style = ''
      for (const [name, output] of Object.entries(bundle)) {
        if (output.type === 'chunk') script += output.code
        else if (name.endsWith('.html')) html = String(output.source)
        else if (name.endsWith('.css')) style += String(output.source)
        else this.error(`the page is one file, and \`${name}\` is another`)
        delete bundle[name]
      }
      // The HTML parser would end the element, or read a comment, in the middle of a string.
      script = script.trim().replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--')
      style = style.trim()
      const policy = [
        "default-src 'none'",
        `script-src ${sha256(script)}`,
        `style-src ${sha256(style)}`,
        "connect-src 'self'",
        'img-src data:',
        "base-uri 'none'",
        "form-action 'none'",
      ].join('; ')
      const source = html
        .replace(/\s*<(?:script type="module"|link rel="stylesheet")[^>]*>(?:<\/script>)?/g, '')
        .replace(
          '<meta charset="utf-8" />',
          (charset) => `${charset}\n    <meta http-equiv="Content-Security-Policy" content="${policy}" />`,
        )
        .replace('</head>', () => `  <style>${style}</style>\n  </head>`)
        // After the data, which it reads.
        .replace('</body>', () => `  <script type="module">${script}</script>\n  </body>`)
      this.emitFile({ type: 'asset', fileName, source })
    },
  }
}

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [vue({ features: { optionsAPI: false } }), oneFile('app.html')],
  build: {
    outDir: '../dist/report',
    // The package's own files are there too.
    emptyOutDir: false,
    assetsInlineLimit: Number.POSITIVE_INFINITY,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    target: 'es2023',
    // On a busy machine they are warnings.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
})
