import { websiteResponse } from '../website.ts'
import { headersOf } from './response.ts'
import { isPublic, type Bucket } from './store.ts'

/** The response of a bucket's website. */
export const bucketWebsiteResponse = (bucket: Bucket, path: string, method: string): Response =>
  websiteResponse(
    {
      index: bucket.website?.index ?? 'index.html',
      error: bucket.website?.error,
      redirectStatus: 302,
      find(key) {
        const object = bucket.objects.get(key)
        return (
          object && {
            body: object.body,
            headers: headersOf(object),
            isPublic: isPublic(bucket, key),
            redirect: object.headers['x-amz-website-redirect-location'],
          }
        )
      },
    },
    path,
    method,
  )
