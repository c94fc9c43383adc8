import type { PackageJson } from './package-json.ts'

export type Framework = 'vue' | 'react' | 'svelte' | 'solid'

const plugins: Record<string, Framework> = {
  '@vitejs/plugin-vue': 'vue',
  '@vitejs/plugin-react': 'react',
  '@vitejs/plugin-react-swc': 'react',
  '@sveltejs/vite-plugin-svelte': 'svelte',
  'vite-plugin-solid': 'solid',
}

/** Frameworks that have a server entry of their own, with what to read about them. */
const withServer: Record<string, string> = {
  '@tanstack/react-start': 'guides/tanstack-start.md',
  '@tanstack/solid-start': 'guides/tanstack-start.md',
  '@solidjs/start': 'guides/solidstart.md',
  '@react-router/dev': 'frameworks.md#react-router',
  vike: 'frameworks.md#vike',
  '@sveltejs/kit': 'guides/README.md',
  astro: 'guides/README.md',
  nuxt: 'guides/README.md',
}

const packagesOf = ({ dependencies, devDependencies }: PackageJson) =>
  Object.keys({ ...dependencies, ...devDependencies })

/** The framework of the app, by its plugin for Vite; undefined for none, another one or several. */
export function frameworkOf(packageJson: PackageJson): Framework | undefined {
  const found = new Set(packagesOf(packageJson).flatMap((name) => plugins[name] ?? []))
  return found.size === 1 ? [...found][0] : undefined
}

/** A framework that brings the server, and the page of docs/ that says what to do. */
export function metaFrameworkOf(packageJson: PackageJson): { name: string; guide: string } | undefined {
  const name = packagesOf(packageJson).find((name) => Object.hasOwn(withServer, name))
  return name === undefined ? undefined : { name, guide: withServer[name]! }
}
