import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { S3Error } from './error.ts'

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
  /** If set, requests need it. */
  sessionToken?: string
  region: string
}

/** The parts of a request that a signature covers, as they were sent. */
export interface Signed {
  method: string
  /** Encoded as sent. */
  path: string
  /** Encoded as sent, without `?`. */
  query: string
  headers: Headers
}

const minutes = 60_000

/**
 * Checks the signature of a request, AWS4-HMAC-SHA256 in a header.
 * @returns false for an anonymous one
 */
export function authenticate(request: Signed, credentials: Credentials): boolean {
  const authorization = request.headers.get('authorization')
  if (!authorization) return false
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    )
  if (!match) throw new S3Error('AuthorizationHeaderMalformed', 'The authorization header is malformed')
  const [, credential, signedHeaders, signature] = match as unknown as [string, string, string, string]
  const [accessKeyId, day, region, service, end] = credential.split('/')
  if (accessKeyId !== credentials.accessKeyId) {
    throw new S3Error(
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
      {
        AWSAccessKeyId: String(accessKeyId),
      },
    )
  }
  if (region !== credentials.region || service !== 's3' || end !== 'aws4_request') {
    const message = `The authorization header is malformed; the region '${region}' is wrong; expecting '${credentials.region}'`
    throw new S3Error('AuthorizationHeaderMalformed', message, { Region: credentials.region })
  }
  const date = request.headers.get('x-amz-date') ?? ''
  checkTime(date, day)
  checkToken(request.headers.get('x-amz-security-token'), credentials.sessionToken)
  checkCoverage(request.headers, signedHeaders.split(';'))

  const scope = `${day}/${region}/${service}/${end}`
  const stringToSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical(request, signedHeaders))].join('\n')
  const key = [day!, region, service, end].reduce<string | Buffer>(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    `AWS4${credentials.secretAccessKey}`,
  )
  const expected = createHmac('sha256', key).update(stringToSign).digest()
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) {
    const message =
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.'
    throw new S3Error('SignatureDoesNotMatch', message, {
      AWSAccessKeyId: accessKeyId,
      StringToSign: stringToSign,
      SignatureProvided: signature,
    })
  }
  return true
}

function canonical({ method, path, query, headers }: Signed, signedHeaders: string): string {
  const parameters = query
    .split('&')
    .filter(Boolean)
    .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
    .sort()
  const lines = signedHeaders
    .split(';')
    .map((name) => `${name}:${(headers.get(name) ?? '').trim().replace(/ +/g, ' ')}\n`)
  const payload = headers.get('x-amz-content-sha256') ?? ''
  return [method, path, parameters.join('&'), lines.join(''), signedHeaders, payload].join('\n')
}

function checkTime(date: string, day: string | undefined): void {
  const time = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'))
  if (Number.isNaN(time) || !date.startsWith(`${day}T`))
    throw new S3Error('AccessDenied', 'x-amz-date is missing or wrong')
  if (Math.abs(Date.now() - time) > 15 * minutes) {
    throw new S3Error(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
    )
  }
}

function checkToken(given: string | null, expected: string | undefined): void {
  if ((given ?? undefined) === expected) return
  // Amazon's response repeats the token, which a client must not show.
  throw new S3Error('ExpiredToken', 'The provided token has expired.', { 'Token-0': given ?? '' })
}

/** Throws if a header that changes the operation is not signed: a proxy could change it. */
function checkCoverage(headers: Headers, signed: string[]): void {
  for (const name of headers.keys()) {
    if ((name === 'host' || name === 'content-md5' || name.startsWith('x-amz-')) && !signed.includes(name)) {
      throw new S3Error(
        'AccessDenied',
        `There were headers present in the request which were not signed: ${name}`,
      )
    }
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
