import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { H3, serve } from 'h3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, copyPlayground } from '../app.ts'
import { startS3 } from '../servers/s3.ts'

const { VITE_DISTILL_S3_ENDPOINT, VITE_DISTILL_S3_ACCESS_KEY, VITE_DISTILL_S3_SECRET_KEY } = process.env

interface Storage {
  endpoint: string
  accessKeyId: string
  secretAccessKey: string
  stop(): Promise<unknown>
}

const storages: [name: string, start: () => Promise<Storage>][] = [
  [
    "the project's own server",
    async () => {
      const { url, stop } = await startS3()
      return { endpoint: url, accessKeyId: 'TESTAK', secretAccessKey: 'TESTSK', stop }
    },
  ],
]
if (VITE_DISTILL_S3_ENDPOINT) {
  storages.push([
    VITE_DISTILL_S3_ENDPOINT,
    async () => ({
      endpoint: VITE_DISTILL_S3_ENDPOINT,
      accessKeyId: VITE_DISTILL_S3_ACCESS_KEY!,
      secretAccessKey: VITE_DISTILL_S3_SECRET_KEY!,
      stop: async () => {},
    }),
  ])
}

/** A CDN in front of a public bucket: it serves `index.html` for a folder, as CloudFront does when set up so. */
async function startCdn(endpoint: string, bucket: string) {
  const app = new H3().all('/**', async (event) => {
    const path = event.url.pathname
    const { status, headers, body } = await fetch(
      `${endpoint}/${bucket}${path}${path.endsWith('/') ? 'index.html' : ''}`,
    )
    const kept = ['content-type', 'cache-control'].flatMap((name) =>
      headers.has(name) ? [[name, headers.get(name)!] as const] : [],
    )
    return new Response(body, { status, headers: Object.fromEntries(kept) })
  })
  const server = serve(app, { port: 0, hostname: '127.0.0.1', silent: true, gracefulShutdown: false })
  await server.ready()
  return { url: `http://127.0.0.1:${new URL(server.url!).port}/`, stop: () => server.close(true) }
}

const touched = ['kombucha-slowly', '味噌を待つ一年', 'a-year-with-sourdough']
const removed = 'a-year-with-bees'

describe.each(storages)('publishing the blog to %s', (_, start) => {
  const bucket = `blog-${Date.now().toString(36)}`
  let app: App
  let client: S3Client
  const stops: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    const { endpoint, stop, ...credentials } = await start()
    const cdn = await startCdn(endpoint, bucket)
    stops.push(cdn.stop, stop)
    client = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true })
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
    const statement = {
      Effect: 'Allow',
      Principal: '*',
      Action: ['s3:GetObject'],
      Resource: [`arn:aws:s3:::${bucket}/*`],
    }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }))
    app = await copyPlayground('blog')
    Object.assign(app.env, {
      BLOG_S3_ENDPOINT: endpoint,
      BLOG_S3_BUCKET: bucket,
      BLOG_S3_PUBLIC_URL: cdn.url,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    })
    await app.build()
  })
  afterAll(async () => {
    client.destroy()
    for (const stop of stops) await stop()
  })

  async function keys(): Promise<string[]> {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }))
    return Contents.map(({ Key }) => Key!).filter((key) => !key.startsWith('.vite-distill/'))
  }
  const site = async () => (await app.files('dist/static')).sort()

  async function publish(): Promise<{
    counts: Record<string, number>
    verified: number
    requests: Record<string, number>
  }> {
    const { exitCode, stdout, stderr } = await app.distill('publish', 's3-test', '--yes', '--json')
    expect(exitCode, stderr).toBe(0)
    return JSON.parse(stdout)
  }

  it('uploads every file, and then none', async () => {
    const first = await publish()
    const files = await site()
    expect(first.counts).toMatchObject({ upload: files.length, delete: 0 })
    expect(first.verified).toBe(files.length)
    expect((await keys()).sort()).toEqual(files)

    const second = await publish()
    expect(second.counts).toMatchObject({ upload: 0, update: 0, keep: files.length, delete: 0 })
  })

  it('updates three changed posts, and deletes a removed one', async () => {
    app.env.BLOG_EDIT = JSON.stringify({ touch: touched })
    expect(await app.build()).toMatch(/^ {2}6 changed, .*\n {2}rendered 6, kept 641 \(7 of them audited\)$/m)
    const changed = await publish()
    expect(changed.counts.update).toBeGreaterThanOrEqual(6)
    expect(changed.counts).toMatchObject({ upload: 0, delete: 0 })

    app.env.BLOG_EDIT = JSON.stringify({ touch: touched, remove: [removed] })
    expect(await app.build()).toContain('2 removed')
    expect((await publish()).counts).toMatchObject({ upload: 0, delete: 2 })
    expect((await keys()).sort()).toEqual(await site())
    expect((await fetch(`${app.env.BLOG_S3_PUBLIC_URL}posts/${removed}/`)).ok).toBe(false)
  })

  it('is refused with wrong credentials and without a bucket', async () => {
    const { env } = app
    const before = (await keys()).length
    const secret = 'a-wrong-secret-that-nobody-may-see'
    app.env = { ...env, AWS_SECRET_ACCESS_KEY: secret }
    const wrong = await app.distill('publish', 's3-test', '--yes')
    expect(wrong.exitCode).toBe(7)
    expect(wrong.stdout + wrong.stderr).not.toContain(secret)
    app.env = { ...env, BLOG_S3_BUCKET: 'there-is-none-of-this-name' }
    expect(await app.distill('publish', 's3-test', '--yes')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('`s3://there-is-none-of-this-name/`: the bucket does not exist'),
    })
    app.env = env
    expect(await keys()).toHaveLength(before)
  })
})
