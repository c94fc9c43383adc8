import { websiteAnswer } from '../website.ts'
import { headersOf } from './answer.ts'
import { isPublic, type Bucket } from './store.ts'

/** What the website address of a bucket answers. */
export const bucketWebsiteAnswer = (bucket: Bucket, path: string, method: string): Response =>
  websiteAnswer(
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
