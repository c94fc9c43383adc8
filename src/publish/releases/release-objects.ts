import { fileUrl } from '../../keys.ts'
import type { DesiredObject, DesiredObjects } from '../site/objects.ts'
import { isWritten } from '../state/record.ts'
import type { State } from '../state/state.ts'

/** So many objects are yielded at a time. */
const batch = 1000

/**
 * What a target held of its site after a release.
 * @param state The records of the release
 */
export const releaseObjects = (state: State, base: string): DesiredObjects =>
  async function* () {
    let objects: DesiredObject[] = []
    for (const { record, stored } of state.stored()) {
      // Assets that had left the site stay or go as after any publish.
      if (!isWritten(record) || record.left) continue
      const { headers = {}, redirect: to } = stored ?? {}
      const redirect = to === undefined ? undefined : { to, status: 301 }
      const { key, kind, sha256, size, encoding, headersHash } = record
      const url = fileUrl(key, base)
      const object: DesiredObject = {
        key,
        url,
        kind,
        size,
        md5: '',
        sha256,
        headers: { ...headers },
        redirect,
        encoding,
        headersHash,
      }
      objects.push(object)
      if (objects.length < batch) continue
      yield objects
      objects = []
    }
    yield objects
  }
