import * as v from 'valibot'
import { func, object, secret, text, whole } from './option-schema.ts'

/** Amazon CloudFront. The credentials are those of an S3 target on Amazon, else those that the SDK finds. */
export interface CloudFrontPurge {
  /** The id of the distribution: `E2EXAMPLE1234`. */
  distributionId: string
  /**
   * More paths than this are purged as one, which ends in `/*`. Amazon charges for each path above 1,000 a month.
   * Default: 3,000, the most that CloudFront accepts.
   */
  maxPaths?: number
}

/** Cloudflare. */
export interface CloudflarePurge {
  zoneId: string
  /** A token with the permission to purge the zone. Default: the environment variable `CLOUDFLARE_API_TOKEN`. */
  apiToken?: string
}

/** Fastly. */
export interface FastlyPurge {
  /** The service, of which everything is purged where that takes fewer requests. Default: URLs are purged one by one. */
  serviceId?: string
  /** A token with the scope `purge_select`, and `purge_all` with a `serviceId`. Default: the environment variable `FASTLY_API_TOKEN`. */
  apiToken?: string
}

/** Google Cloud CDN. The credentials are those of a GCS target, else application default credentials. */
export interface GoogleCloudCdnPurge {
  /** The name of the load balancer's URL map. */
  urlMap: string
  /** The id of its project. Default: the project of the credentials. */
  project?: string
}

/** Azure Front Door, Standard or Premium. The identity is the `credential` of an Azure target, else `DefaultAzureCredential`. */
export interface AzureFrontDoorPurge {
  subscriptionId: string
  resourceGroup: string
  /** The name of the Front Door profile. */
  profile: string
  /** The name of the endpoint in that profile. */
  endpoint: string
}

/** What a function of your own is called with, besides the URLs. */
export interface PurgeContext {
  /** The name of the target. */
  target: string
  /** The address of the site, ending in `/`. */
  publicUrl: string
  /** Is aborted when the publish has to stop. */
  signal: AbortSignal | undefined
}

/** Purges full URLs from a cache. Resolves once no visitor gets an old response from it. */
export type PurgeFunction = (urls: string[], context: PurgeContext) => void | Promise<void>

/** The providers that can be purged. */
interface PurgeProviders {
  cloudfront: CloudFrontPurge
  cloudflare: CloudflarePurge
  fastly: FastlyPurge
  googleCloudCdn: GoogleCloudCdnPurge
  azureFrontDoor: AzureFrontDoorPurge
}

type OneOf<T> = {
  [Name in keyof T]: { [K in Name]: T[K] } & { [K in Exclude<keyof T, Name>]?: never }
}[keyof T]

/** The cache in front of a target: one provider, or a function of your own. */
export type PurgeOption = OneOf<PurgeProviders> | PurgeFunction

/** The most paths that CloudFront accepts for one distribution at a time. */
export const maxCloudFrontPaths = 3000

const cloudfront = object<CloudFrontPurge>({
  must: "It must be an object such as `{ distributionId: 'E2…' }`.",
})({
  distributionId: text(),
  maxPaths: v.optional(
    v.pipe(
      whole(1),
      v.check(
        (given) => given <= maxCloudFrontPaths,
        'is more than CloudFront accepts\nIt accepts 3,000 paths at a time.',
      ),
    ),
  ),
})

const cloudflare = object<CloudflarePurge>({ must: "It must be an object such as `{ zoneId: '023e…' }`." })({
  zoneId: text(),
  apiToken: v.optional(secret()),
})

const fastly = object<FastlyPurge>({
  must: "It must be an object such as `{ serviceId: 'SU1Z…' }`, or `{}`.",
})({
  serviceId: v.optional(text()),
  apiToken: v.optional(secret()),
})

const googleCloudCdn = object<GoogleCloudCdnPurge>({
  must: "It must be an object such as `{ urlMap: 'www' }`.",
})({ urlMap: text(), project: v.optional(text()) })

const azureFrontDoor = object<AzureFrontDoorPurge>({
  must: 'It must be an object with `subscriptionId`, `resourceGroup`, `profile` and `endpoint`.',
})({ subscriptionId: text(), resourceGroup: text(), profile: text(), endpoint: text() })

const provider = object<Partial<PurgeProviders>>({
  must: "It must be an object such as `{ cloudflare: { zoneId: '…' } }`, or a function.",
})(
  {
    cloudfront: v.optional(cloudfront),
    cloudflare: v.optional(cloudflare),
    fastly: v.optional(fastly),
    googleCloudCdn: v.optional(googleCloudCdn),
    azureFrontDoor: v.optional(azureFrontDoor),
  },
  [
    {
      isBroken: (given) => Object.values(given).filter((one) => one !== undefined).length !== 1,
      what: 'does not name exactly one provider',
      hint: 'Name one, such as `cloudflare`; for several caches, write a function that purges them.',
    },
  ],
)

/** The schema of the option `purge` of a target. */
export const purgeSchema = v.lazy((given): v.GenericSchema<PurgeOption> =>
  typeof given === 'function'
    ? func<PurgeFunction>()
    : (provider as v.GenericSchema as v.GenericSchema<PurgeOption>),
)
