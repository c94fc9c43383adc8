import type * as Sdk from '@aws-sdk/client-s3'
import type { Readable } from 'node:stream'
import { encodeKey } from '../../keys.ts'

type Put = Sdk.PutObjectCommandInput & { Key: string; Body: Uint8Array; ContentMD5: string }
type Request = Parameters<Sdk.S3Client['config']['requestHandler']['handle']>[0]
type Signer = Awaited<ReturnType<Sdk.S3Client['config']['signer']>>
/** What goes from one middleware to the next. */
interface Step {
  input: object
  request: Request
  response: unknown
}

/** A request of the SDK, from which those for other keys are made. */
interface Model {
  request: Request
  /** The path of the bucket, ending in `/`. */
  bucketPath: string
  sign(request: Request): ReturnType<Signer['sign']>
  /** What the SDK does with a request: signs it, sends it, and reads the response. */
  finish(step: Step): Promise<{ output: object }>
}

/** Redirects have a set of properties each. */
const maxModels = 50

/**
 * Writes a small object with half of the processor time that it takes through the SDK's middleware. The middleware
 * makes the first request of each set of properties. Requests for other keys are copies of it, signed by the SDK's
 * signer and sent by its request handler. Any response but a plain success is handed to the middleware, which makes
 * the SDK's error of it and corrects the clock.
 */
export function createPut(
  sdk: typeof Sdk,
  client: Sdk.S3Client,
): (put: Put) => Promise<{ ETag?: string | undefined }> {
  const { config } = client
  const models = new Map<string, Model>()

  client.middlewareStack.add(
    (next, context) => async (args) => {
      const { input, request } = args as unknown as { input: Put; request: Request }
      if (context.commandName === 'PutObjectCommand') {
        const model = await modelOf(input, request, context, next as unknown as Model['finish'])
        if (models.size >= maxModels) models.clear()
        if (model) models.set(propertiesOf(input), model)
      }
      return next(args)
    },
    // Where the request is whole, and not yet signed.
    { step: 'build', priority: 'low', name: 'modelOfPuts' },
  )

  /** `undefined` where requests need more than a signature for the bucket's region. */
  async function modelOf(
    { Key }: Put,
    request: Request,
    context: object,
    finish: Model['finish'],
  ): Promise<Model | undefined> {
    const { endpointV2, __smithy_context: smithy } = context as {
      endpointV2?: { properties?: { authSchemes?: Parameters<typeof config.signer> } }
      __smithy_context?: {
        selectedHttpAuthScheme?: {
          httpAuthOption: {
            schemeId: string
            signingProperties?: { signingRegion?: string; signingName?: string }
          }
        }
      }
    }
    const { schemeId, signingProperties = {} } = smithy?.selectedHttpAuthScheme?.httpAuthOption ?? {}
    const key = pathOf(Key)
    if (schemeId !== 'aws.auth#sigv4' || !request.path.endsWith(`/${key}`)) return undefined
    const signer = await config.signer(endpointV2?.properties?.authSchemes?.[0])
    const { signingRegion, signingName: signingService } = signingProperties
    const headers = Object.entries(request.headers).filter(([name]) => !ofOnePut.test(name))
    return {
      request: { ...request, headers: Object.fromEntries(headers), body: undefined },
      bucketPath: request.path.slice(0, -key.length),
      sign(request) {
        const signingDate = new Date(Date.now() + config.systemClockOffset)
        return signer.sign(request, { signingDate, signingRegion, signingService })
      },
      finish,
    }
  }

  return async (put) => {
    const model = models.get(propertiesOf(put))
    if (!model) return client.send(new sdk.PutObjectCommand(put))
    const { Key, Body, ContentMD5, IfMatch, IfNoneMatch } = put
    const headers = {
      ...model.request.headers,
      'content-length': `${Body.length}`,
      'content-md5': ContentMD5,
    }
    if (IfMatch !== undefined) headers['if-match'] = IfMatch
    if (IfNoneMatch !== undefined) headers['if-none-match'] = IfNoneMatch
    const request = { ...model.request, headers, path: model.bucketPath + pathOf(Key), body: Body }
    const { response } = await config.requestHandler.handle((await model.sign(request)) as Request)
    if (response.statusCode !== 200) return (await model.finish({ input: put, request, response })).output
    await end(response.body as Readable)
    return { ETag: response.headers.etag }
  }
}

/** Headers that are not those of the next object. */
const ofOnePut = /^(?:content-length|content-md5|expect|if-match|if-none-match)$/

/** What is stored with the content. */
const propertiesOf = (put: Put) =>
  JSON.stringify({
    ...put,
    Key: undefined,
    Body: undefined,
    ContentMD5: undefined,
    IfMatch: undefined,
    IfNoneMatch: undefined,
  })

/** As the SDK writes a key in a path. Signatures cover it. */
const pathOf = (key: string) =>
  encodeKey(key).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

const end = (body: Readable) =>
  new Promise<void>((resolve, reject) => body.on('end', resolve).on('error', reject).resume())
