import { expect, test } from 'vitest'
import { formatState, parseState } from '../../../src/publish/state/state.ts'
import { header, pending, record, stateOf } from '../samples.ts'

test('a state is what was written, a record on each line of one JSON document', () => {
  const records = [
    record('"quotes" & ünïcode', { unverified: true }),
    record('b', { modified: undefined, kind: 'hashed' }),
    record('b1', { encoding: 'br' }),
    record('b2', { kind: 'hashed', left: { deploy: 3, at: 5 }, encoding: 'gzip', unverified: true }),
    record('b3', { wrong: true }),
    pending('c', null),
    pending('d', 'e9'),
  ]
  const body = formatState(header, () => records)
  expect(parseState(body)?.header).toEqual(header)
  expect([...parseState(body)!.records()]).toEqual(records)
  expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({ siteId: 'x', objects: { length: 7 } })
  expect([...stateOf()!.records()]).toEqual([])
})
