import type { Target } from '../options.ts'

const secretName = /secret|token|password|credential|connection|accessKey|sas/i

/** Environment variables in which the SDKs look for credentials. */
const variables = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AZURE_CLIENT_SECRET']

/**
 * Makes a function that replaces the secrets of targets and of the environment in a text by `***`. No message of
 * vite-distill holds any; this is for the messages of other libraries.
 */
export function redactor(targets: readonly Target[]): (text: string) => string {
  const secrets = new Set<string>()
  const seen = new Set<object>()
  const collect = (name: string, value: unknown): void => {
    if (typeof value === 'string') {
      if (secretName.test(name)) for (const secret of [value, ...parts(value)]) secrets.add(secret)
      if (URL.canParse(value)) {
        const { password } = new URL(value)
        secrets.add(password).add(decodeURIComponent(password))
      }
    } else if (typeof value === 'object' && value !== null && !seen.has(value)) {
      // A user's backend may hold a reference to itself.
      seen.add(value)
      // Every value inside an object with a secret's name is a secret.
      for (const [inner, part] of Object.entries(value)) collect(secretName.test(name) ? name : inner, part)
    }
  }
  for (const target of targets) collect('target', target)
  for (const name of variables) collect('secret', process.env[name])
  secrets.delete('')
  return (text) => [...secrets].reduce((clean, secret) => clean.replaceAll(secret, '***'), text)
}

/** The key of a connection string and the signature of a query. A message may show either alone, and decoded. */
function parts(value: string): string[] {
  const found = [...value.matchAll(/(?:^|[;?&])(?:AccountKey|SharedAccessSignature|sig)=([^;&]+)/g)]
  return found.flatMap(([, part]) => [
    part!,
    new URLSearchParams(`part=${part!.replaceAll('+', '%2B')}`).get('part')!,
  ])
}
