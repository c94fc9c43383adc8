import { S3Error } from './error.ts'

interface Statement {
  Effect: string
  Principal: unknown
  Action: string | string[]
  Resource?: string | string[]
  NotResource?: string | string[]
}

/** The keys that everybody may read: those with one of these prefixes that match no pattern. */
export interface PublicKeys {
  prefixes: string[]
  except: RegExp[]
}

/** The keys that a bucket policy lets everybody read. Throws for `Deny` and for conditions. */
export function publicKeysOf(policy: string, bucket: string): PublicKeys[] {
  return statementsOf(policy).flatMap((statement) => {
    if (statement.Effect !== 'Allow' || 'Condition' in statement)
      throw new S3Error('NotImplemented', 'only plain Allow')
    const everybody =
      JSON.stringify(statement.Principal) === '"*"' || JSON.stringify(statement.Principal) === '{"AWS":"*"}'
    const reads = [statement.Action].flat().some((action) => ['s3:GetObject', 's3:*', '*'].includes(action))
    if (!everybody || !reads) return []
    const keysOf = (resource: string) => {
      const match = /^arn:aws:s3:::([^/]+)\/(.*)$/.exec(resource)
      if (!match || match[1] !== bucket) throw new S3Error('MalformedPolicy', 'Policy has invalid resource')
      return match[2]!
    }
    if (statement.NotResource !== undefined) {
      const except = [statement.NotResource].flat().map((resource) => {
        const parts = keysOf(resource)
          .split('*')
          .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
        return new RegExp(`^${parts.join('.*')}$`, 's')
      })
      return [{ prefixes: [''], except }]
    }
    const prefixes = [statement.Resource ?? []].flat().map((resource) => {
      const prefix = /^([^*]*)\*$/.exec(keysOf(resource))?.[1]
      if (prefix === undefined) throw new S3Error('MalformedPolicy', 'Policy has invalid resource')
      return prefix
    })
    return [{ prefixes, except: [] }]
  })
}

function statementsOf(policy: string): Statement[] {
  try {
    return (JSON.parse(policy) as { Statement: Statement[] }).Statement.slice()
  } catch {
    throw new S3Error('MalformedPolicy', 'Policies must be valid JSON')
  }
}
