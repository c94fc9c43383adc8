import { websiteAnswer } from '../website.ts'
import { headersOf } from './media.ts'
import type { Bucket } from './store.ts'

/** What a bucket answers under a domain of its own. */
export const bucketWebsiteAnswer = (bucket: Bucket, path: string, method: string): Response =>
  websiteAnswer(
    {
      index: bucket.website?.index ?? 'index.html',
      error: bucket.website?.error,
      redirectStatus: 301,
      find(key) {
        const object = bucket.objects.get(key)
        return (
          object && {
            body: object.body,
            headers: headersOf(object),
            isPublic: bucket.publicRead || object.publicRead,
          }
        )
      },
    },
    path,
    method,
  )
