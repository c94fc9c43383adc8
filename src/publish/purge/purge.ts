import { isBackendError } from '../../backends/backend.ts'
import { DistillError, messageOf, printable } from '../../errors.ts'
import type { Target } from '../../options.ts'
import { number } from '../../progress.ts'
import type { PurgeFunction, PurgeOption } from '../../purge-options.ts'
import { throwIfAborted } from '../interrupted.ts'
import type { Purger } from './purger.ts'
import { urlsOf } from './urls.ts'

/** The cache in front of one target, for one publish. */
export class Purge {
  /** How many URLs were purged. One that ends in `*` counts as one. */
  purged = 0
  readonly notices: string[] = []
  readonly #purger: Purger
  readonly #root: string

  /** @param root The address of the site, ending in `/` */
  constructor(purger: Purger, root: string) {
    this.#purger = purger
    this.#root = root
  }

  get name(): string {
    return this.#purger.name
  }

  /**
   * Purges all URLs of these keys, or everything of the site where they are too many.
   * @throws {DistillError} `PURGE_FAILED`
   */
  async purge(keys: Iterable<string>, signal?: AbortSignal): Promise<void> {
    const { name, maxUrls, needs } = this.#purger
    const urls = this.#urlsOf(keys)
    try {
      if (urls === undefined) {
        await this.#purger.purgeAll(signal)
        this.purged++
        this.notices.push(
          `More than ${number(maxUrls)} URLs changed, so everything below ${this.#root} was purged from ${name}.`,
        )
      } else if (urls.length > 0) {
        await this.#purger.purge(urls, signal)
        this.purged += urls.length
      }
    } catch (error) {
      throwIfAborted(signal)
      if (error instanceof DistillError) throw error
      const refused = isBackendError(error) && error.kind === 'unauthorised'
      throw new DistillError('PURGE_FAILED', `cannot purge ${name}: ${printable(messageOf(error))}`, {
        hint: `${refused ? `${needs} ` : ''}Until it is purged, visitors may get old files. Publish again: that purges what is left.`,
        cause: error,
      })
    }
  }

  /** `undefined` for more than the provider takes. */
  #urlsOf(keys: Iterable<string>): string[] | undefined {
    const urls = new Set<string>()
    for (const key of keys) {
      for (const url of urlsOf(this.#root, key)) urls.add(url)
      if (urls.size > this.#purger.maxUrls) return undefined
    }
    return [...urls]
  }

  close(): void {
    this.#purger.close?.()
  }
}

/**
 * Opens the cache of a target, if it has one. Loads the provider's code and its SDK. Purges nothing.
 * @param name The target's name
 * @param site Where the target is served
 * @param viteRoot What relative paths of the target are relative to
 * @throws {DistillError} `SDK_MISSING`; `CONFIG_FAILED` without credentials
 */
export async function openPurge(
  name: string,
  target: Target,
  site: { root: string } | undefined,
  viteRoot: string,
): Promise<Purge | undefined> {
  const { purge } = target
  if (purge === undefined || site === undefined) return undefined
  return new Purge(await openPurger(purge, name, target, site.root, viteRoot), site.root)
}

async function openPurger(
  purge: PurgeOption,
  name: string,
  target: Target,
  root: string,
  viteRoot: string,
): Promise<Purger> {
  if (typeof purge === 'function') return functionPurger(purge, name, root)
  if (purge.cloudfront) {
    const { cloudFrontPurger } = await import('./cloudfront.ts')
    return cloudFrontPurger(purge.cloudfront, target, root)
  }
  if (purge.cloudflare) {
    const { cloudflarePurger } = await import('./cloudflare.ts')
    return cloudflarePurger(purge.cloudflare, root)
  }
  if (purge.fastly) {
    const { fastlyPurger } = await import('./fastly.ts')
    return fastlyPurger(purge.fastly)
  }
  if (purge.googleCloudCdn) {
    const { googleCloudCdnPurger } = await import('./google-cloud-cdn.ts')
    return googleCloudCdnPurger(purge.googleCloudCdn, target, viteRoot, root)
  }
  const { azureFrontDoorPurger } = await import('./azure-front-door.ts')
  return azureFrontDoorPurger(purge.azureFrontDoor, target, root)
}

/** The user's function takes any number of URLs. */
const functionPurger = (purge: PurgeFunction, target: string, publicUrl: string): Purger => {
  const all = async (urls: string[], signal: AbortSignal | undefined) =>
    purge(urls, { target, publicUrl, signal })
  return {
    name: 'the cache',
    maxUrls: Infinity,
    needs: '',
    purge: (urls, signal) => all([...urls], signal),
    purgeAll: (signal) => all([`${publicUrl}*`], signal),
  }
}
