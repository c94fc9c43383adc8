import { websiteResponse } from '../website.ts'
import { headersOf } from './media.ts'
import type { Bucket } from './store.ts'

/** The response of a bucket's website. */
export const bucketWebsiteResponse = (bucket: Bucket, path: string, method: string): Response =>
  websiteResponse(
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
