import type { BuiltFile } from '../../../src/publish/site/site.ts'

/** A page as a build lists it. */
export const builtFile = (more: Partial<BuiltFile>): BuiltFile => ({
  key: 'index.html',
  url: '/',
  kind: 'page',
  size: 5000,
  md5: '',
  sha256: '',
  status: 200,
  headers: { 'content-type': 'text/html' },
  redirect: undefined,
  ...more,
})
