import { expect, it } from 'vitest'
import { packageManager } from '../../packages/create/src/package-manager.ts'

it.each([
  [undefined, 'npm'],
  ['', 'npm'],
  ['npm/11.6.0 node/v24.0.0 linux x64 workspaces/false', 'npm'],
  ['pnpm/10.18.0 npm/? node/v24.0.0 linux x64', 'pnpm'],
  ['yarn/1.22.22 npm/? node/v24.0.0 linux x64', 'yarn'],
  ['bun/1.2.0 npm/? node/v24.0.0 linux x64', 'bun'],
  ['something/1.0.0', 'npm'],
])('%s is %s', (userAgent, name) => {
  expect(packageManager(userAgent)).toEqual({ install: `${name} install`, run: `${name} run` })
})
