const statuses = {
  authError: 401,
  required: 401,
  forbidden: 403,
  notFound: 404,
  invalid: 400,
  badRequest: 400,
  parseError: 400,
  invalid_grant: 400,
  conflict: 409,
  conditionNotMet: 412,
  wrongUrlForUpload: 400,
  notImplemented: 501,
  notModified: 304,
} as const

export type Reason = keyof typeof statuses

/** An error of the storage, with Google's reason and message. */
export class GcsError extends Error {
  readonly reason: Reason
  readonly status: number

  constructor(reason: Reason, message: string) {
    super(message)
    this.reason = reason
    this.status = statuses[reason]
  }
}

export const noSuchObject = (bucket: string, name: string) =>
  new GcsError('notFound', `No such object: ${bucket}/${name}`)

/** The JSON body of an error response. */
export const errorDocument = (code: number, message: string, reason: string) =>
  JSON.stringify({ error: { code, message, errors: [{ message, domain: 'global', reason }] } })
