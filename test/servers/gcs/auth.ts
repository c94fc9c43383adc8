import { createVerify, randomUUID } from 'node:crypto'
import { GcsError } from './error.ts'

/** The accounts with all permissions. Without any, everybody has them. */
export interface Accounts {
  /** The public keys of service accounts in PEM, by e-mail address. */
  serviceAccounts?: Record<string, string>
  /** The valid tokens of another identity provider. */
  subjectTokens?: string[]
}

/** Issues and checks access tokens. */
export class Auth {
  readonly #accounts: Accounts
  readonly #issued = new Set<string>()

  constructor(accounts: Accounts) {
    this.#accounts = accounts
  }

  /** Makes every issued token invalid. */
  expire(): void {
    this.#issued.clear()
  }

  /** The token endpoint: exchanges a service account's signed assertion, or the token of another provider. */
  token(form: URLSearchParams): Response {
    const known =
      form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer'
        ? this.#isSigned(form.get('assertion') ?? '')
        : this.#accounts.subjectTokens?.includes(form.get('subject_token') ?? '') === true
    if (!known) {
      const error_description = 'The subject token or assertion is not valid.'
      return Response.json({ error: 'invalid_grant', error_description }, { status: 400 })
    }
    const access_token = `ya29.${randomUUID()}`
    this.#issued.add(access_token)
    return Response.json({
      access_token,
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 3600,
    })
  }

  /**
   * Whether a request has a valid token; false without any.
   * @throws {GcsError} `authError` for an invalid token
   */
  check(headers: Headers): boolean {
    const { serviceAccounts, subjectTokens } = this.#accounts
    if (!serviceAccounts && !subjectTokens) return true
    const token = /^Bearer (.+)$/.exec(headers.get('authorization') ?? '')?.[1]
    if (token === undefined) return false
    if (this.#issued.has(token) || this.#isSigned(token)) return true
    throw new GcsError('authError', 'Invalid Credentials')
  }

  /** Whether a token is a service account's own JWT and has not expired. */
  #isSigned(token: string): boolean {
    const [head, claims, signature] = token.split('.')
    if (signature === undefined) return false
    const { iss, iat, exp } = decode(claims!)
    const key = this.#accounts.serviceAccounts?.[String(iss)]
    const now = Date.now() / 1000
    if (key === undefined || Number(iat) > now + 60 || Number(exp) < now) return false
    const verify = createVerify('RSA-SHA256').update(`${head}.${claims}`)
    return decode(head!).alg === 'RS256' && verify.verify(key, signature, 'base64url')
  }
}

function decode(part: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
  } catch {
    return {}
  }
}
