import { afterEach, describe, expect, it, vi } from 'vitest'
import { redactor } from '../src/secrets.ts'
import type { Target } from '../src/options.ts'

describe('secrets', () => {
  afterEach(() => vi.unstubAllEnvs())

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

  it('are not the short values and the public words of credentials, which messages need', () => {
    const redact = redactor([
      {
        backend: 'gcs',
        bucket: 'b',
        credentials: {
          type: 'external_account',
          audience: 'a',
          universe_domain: 'googleapis.com',
          token_url: 'https://sts.googleapis.com/v1/token',
          private_key: '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN\n-----END PRIVATE KEY-----\n',
          client_secret: 'four',
          refresh_token: 'refresh-me',
          credential_source: { headers: { Authorization: 'bearer-of-it' }, format: { type: 'json' } },
        },
      },
    ] as Target[])
    const text = 'an external_account at https://sts.googleapis.com/v1/token of googleapis.com, four'
    expect(redact(text)).toBe(text)
    expect(redact('MIIEvQIBADAN refresh-me bearer-of-it')).toBe('*** *** ***')
  })

  it('that hold one another are replaced whole, and what replaces them stays', () => {
    const redact = redactor([
      {
        backend: 's3',
        bucket: 'b',
        accessKeyId: 'AKIDAKID',
        secretAccessKey: 'AKIDAKID+more',
        sessionToken: '******',
      },
    ] as Target[])
    expect(redact('AKIDAKID+more AKIDAKID ******')).toBe('*** *** ***')
  })

  it('of addresses are taken out wherever the address is from', () => {
    const redact = redactor([])
    expect(redact('http://proxy-user:p@ss@proxy.example:3128/ and https://example.com/@me')).toBe(
      'http://***@proxy.example:3128/ and https://example.com/@me',
    )
  })

  it('of the environment are taken out', () => {
    vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', 'container-token')
    vi.stubEnv('AZURE_CLIENT_CERTIFICATE_PASSWORD', 'certificate-password')
    expect(redactor([])('container-token, certificate-password')).toBe('***, ***')
  })

  it('are found beside an address that cannot be decoded', () => {
    const redact = redactor([{ backend: { url: 'https://me:%ZZ-secret@host/' } } as never])
    expect(redact('the password is %ZZ-secret')).toBe('the password is ***')
  })

  it('of a class are the fields with the name of a secret', () => {
    class ClientSecretCredential {
      authority = 'organizations'
      clientSecret = 'client-secret'
      getToken = async () => null
    }
    const target = {
      backend: 'azure' as const,
      accountUrl: 'https://a.example',
      credential: new ClientSecretCredential(),
    }
    expect(redactor([target])('client-secret in organizations')).toBe('*** in organizations')
  })

  it('are looked for once in an object that refers to itself', () => {
    const backend: Record<string, unknown> = { name: 'own' }
    backend.self = backend
    expect(redactor([{ backend } as never])('text')).toBe('text')
  })
})
