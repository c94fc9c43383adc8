import { S3Error } from './error.ts'

interface Statement {
  Effect: string
  Principal: unknown
  Action: string | string[]
  Resource: string | string[]
}

/** The key prefixes that a bucket policy lets everybody read. Throws for `Deny` and for conditions. */
export function publicPrefixesOf(policy: string, bucket: string): string[] {
  return statementsOf(policy).flatMap((statement) => {
    if (statement.Effect !== 'Allow' || 'Condition' in statement)
      throw new S3Error('NotImplemented', 'only plain Allow')
    const everybody =
      JSON.stringify(statement.Principal) === '"*"' || JSON.stringify(statement.Principal) === '{"AWS":"*"}'
    const reads = [statement.Action].flat().some((action) => ['s3:GetObject', 's3:*', '*'].includes(action))
    if (!everybody || !reads) return []
    return [statement.Resource].flat().flatMap((resource) => {
      const match = /^arn:aws:s3:::([^/]+)\/([^*]*)\*$/.exec(resource)
      if (!match || match[1] !== bucket) throw new S3Error('MalformedPolicy', 'Policy has invalid resource')
      return [match[2]!]
    })
  })
}

function statementsOf(policy: string): Statement[] {
  try {
    return (JSON.parse(policy) as { Statement: Statement[] }).Statement.slice()
  } catch {
    throw new S3Error('MalformedPolicy', 'Policies must be valid JSON')
  }
}
