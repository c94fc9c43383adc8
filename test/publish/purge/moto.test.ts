import { expect, test, vi } from 'vitest'
import { loadPackage } from '../../../src/backends/load-package.ts'
import { publish } from '../../../src/publish/publish.ts'
import { website } from '../../../src/vite/website.ts'
import { blog, Project } from '../project.ts'
import { serving } from '../serve.ts'

const endpoint = process.env.VITE_DISTILL_CLOUDFRONT_ENDPOINT

test.runIf(endpoint)(`invalidations of CloudFront at ${endpoint}`, async () => {
  vi.stubEnv('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true')
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFRONT', endpoint)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAMOTO')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  const sdk = await loadPackage('@aws-sdk/client-cloudfront', () => import('@aws-sdk/client-cloudfront'))
  const client = new sdk.CloudFrontClient({ region: 'us-east-1' })
  const Origin = {
    Id: 'www',
    DomainName: 'www.s3.amazonaws.com',
    S3OriginConfig: { OriginAccessIdentity: '' },
  }
  const { Distribution } = await client.send(
    new sdk.CreateDistributionCommand({
      DistributionConfig: {
        CallerReference: 'test',
        Comment: '',
        Enabled: true,
        Origins: { Quantity: 1, Items: [Origin] },
        DefaultCacheBehavior: { TargetOriginId: 'www', ViewerProtocolPolicy: 'allow-all' },
      },
    }),
  )
  const DistributionId = Distribution!.Id!
  const invalidated = async () => {
    const { InvalidationList } = await client.send(new sdk.ListInvalidationsCommand({ DistributionId }))
    const paths: string[] = []
    for (const { Id } of InvalidationList?.Items ?? []) {
      const { Invalidation } = await client.send(new sdk.GetInvalidationCommand({ DistributionId, Id }))
      paths.push(...Invalidation!.InvalidationBatch!.Paths!.Items!)
    }
    return paths.sort()
  }

  const project = new Project()
  const publicUrl = await serving(website(project.www))
  const run = (options: object = {}, distributionId = DistributionId) => {
    const purge = { cloudfront: { distributionId, ...options } }
    project.targets({ default: { backend: 'directory', path: '../www', publicUrl, purge } })
    return publish(project.options, undefined, { yes: true })
  }
  project.build({ 'index.html': 'home', 'a b/index.html': 'a' })
  expect(await run()).toMatchObject({ purged: 5, verified: 2 })
  const pages = ['/', '/a%20b', '/a%20b/', '/a%20b/index.html', '/index.html']
  expect(await invalidated()).toEqual(pages)

  // Too many for one by one, and then a page that is deleted.
  project.build({ 'index.html': 'home', ...blog() })
  const { purged, notices } = await run({ maxPaths: 4 })
  expect(purged).toBe(4)
  expect(notices).toEqual([expect.stringContaining('everything below')])
  expect(await invalidated()).toEqual(['/', '/*', ...pages.slice(1), ...pages.slice(1, 4)].sort())

  project.build({ ...blog(), 'logo.png': 'new' })
  await expect(run({}, 'E2NONE')).rejects.toMatchObject({
    code: 'PURGE_FAILED',
    message: expect.stringContaining('The specified distribution does not exist.') as string,
  })
  expect((await run()).purged).toBe(1)
  expect(await invalidated()).toEqual(expect.arrayContaining(['/logo.png']))
  client.destroy()
  vi.unstubAllEnvs()
})
