import type { Target } from './options.ts'

const secretName = /secret|token|password|credential|connection|accessKey|private_?key|sas/i

/** What a credentials object holds besides secrets: a message may need these words. */
const publicName =
  /^(type|audience|scopes?|(client|service_account)_email|(client|project|quota_project|private_key)_id|universe_domain|subject_token_type|subject_token_field_name|(.*_)?ur[il])$/

/** Environment variables in which the SDKs, and the option `purge`, look for credentials. */
const variables = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
  'AZURE_PASSWORD',
  'CLOUDFLARE_API_TOKEN',
  'FASTLY_API_TOKEN',
]

/** The user name and password of an address, as the source of a regular expression. */
const userInfo = String.raw`(?<=\b[a-zA-Z][\w+.-]*://)[^\s/?#"\x60]+(?=@)`

/** A shorter value is no secret, and replacing it would garble messages. */
const shortest = 5

/**
 * Makes a function that replaces the secrets of targets and of the environment, and the user names and passwords in
 * addresses, by `***`. No message of vite-distill holds any; this is for the messages of other libraries.
 */
export function redactor(targets: readonly Target[]): (text: string) => string {
  const secrets = new Set<string>()
  const seen = new Set<object>()
  /** @param inside Whether it is part of a credentials object */
  const collect = (name: string, value: unknown, inside: boolean): void => {
    if (typeof value === 'string') {
      if (inside ? !publicName.test(name) : secretName.test(name))
        for (const secret of [value, ...parts(value)]) secrets.add(secret)
      if (URL.canParse(value)) {
        const { password } = new URL(value)
        secrets.add(password).add(decoded(password))
      }
    } else if (typeof value === 'object' && value !== null && !seen.has(value)) {
      // A user's backend may hold a reference to itself.
      seen.add(value)
      // The fields of a class, such as a credential of Azure's, tell by their own names.
      const plain = [Object.prototype, null, Array.prototype].includes(Object.getPrototypeOf(value) as object)
      const secret = plain && (inside || secretName.test(name))
      for (const [inner, part] of Object.entries(value))
        collect(Array.isArray(value) ? name : inner, part, secret)
    }
  }
  for (const target of targets) collect('target', target, false)
  for (const name of variables) collect('secret', process.env[name], false)

  const longestFirst = [...secrets]
    .filter(({ length }) => length >= shortest)
    .sort((a, b) => b.length - a.length)
    .map((secret) => secret.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
  // One pass, so that what replaces a secret is never searched for another one.
  const secret = new RegExp([...longestFirst, userInfo].join('|'), 'g')
  return (text) => text.replace(secret, '***')
}

/**
 * The key of a connection string, the signature of a query and the lines of a private key. A message may show each
 * alone, and decoded.
 */
function parts(value: string): string[] {
  const found = [...value.matchAll(/(?:^|[;?&])(?:AccountKey|SharedAccessSignature|sig)=([^;&]+)/g)]
  return [
    ...found.flatMap(([, part]) => [part!, decoded(part!)]),
    ...value.split('\n').filter((line) => !line.startsWith('-----')),
  ]
}

/** Percent-decoded, if it can be. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
