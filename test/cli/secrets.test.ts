import { describe, expect, it } from 'vitest'
import { redactor } from '../../src/cli/secrets.ts'
import type { Target } from '../../src/options.ts'

describe('secrets', () => {
  it('are taken out of a text, whole and in part', () => {
    const key = 'c2VjcmV0a2V5=='
    const redact = redactor([
      { backend: 's3', bucket: 'b', accessKeyId: 'AKIDONTSHOW', secretAccessKey: 'hush-hush' },
      {
        backend: 'azure',
        connectionString: `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${key};EndpointSuffix=x`,
      },
      { backend: 'azure', accountUrl: 'https://a.example/', sasToken: '?sv=1&sig=si%2Bgn%3D&se=2' },
      { backend: 'directory', path: 'www', publicUrl: 'https://user:pass%20word@example.com/' },
    ] as Target[])
    const text = `AKIDONTSHOW hush-hush ${key} sig=si%2Bgn%3D si+gn= pass word pass%20word, bucket b of a`
    expect(redact(text)).toBe('*** *** *** sig=*** *** *** ***, bucket b of a')
  })

  it('with special characters are taken out, as typed and decoded', () => {
    const redact = redactor([
      {
        backend: 's3',
        bucket: 'bucket',
        accessKeyId: 'AKIA1',
        secretAccessKey: 'shh+/=',
        publicUrl: 'https://me:pass%20word@www.example.com/',
      },
    ])
    expect(redact('bucket AKIA1 shh+/= pass%20word "pass word" example.com')).toBe(
      'bucket *** *** *** "***" example.com',
    )
  })

  it('are looked for once in an object that refers to itself', () => {
    const backend: Record<string, unknown> = { name: 'own' }
    backend.self = backend
    expect(redactor([{ backend } as never])('text')).toBe('text')
  })
})
