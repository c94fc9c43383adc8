/** The finished pages of a site, as the option `rendered` gets them. */
export interface RenderedSite {
  /** The scheme and host of the site: the option `origin`. */
  readonly origin: string
  /** Vite's `base` as a path: `/` or `/blog/`. */
  readonly base: string
  /** Every page, sorted by its file. Redirects and assets are no pages. */
  pages(): AsyncIterable<RenderedPage>
  /**
   * Adds a file to the site.
   * @throws {DistillError} `PATH_UNSAFE`, `COLLISION` or `RENDERED_FAILED`, if the site cannot have the file
   */
  emitFile(file: EmittedFile): void
}

/** A page as `rendered` gets it, whether it was rendered or kept. Its file is read only by `body()` and `text()`. */
export interface RenderedPage {
  /** The path that a visitor asks for, percent-encoded and with `base`: `/blog/posts/first/`. */
  readonly url: string
  /** Its file, relative to the site: `posts/first/index.html`. */
  readonly file: string
  readonly route: string
  readonly params: Readonly<Record<string, string>>
  readonly status: number
  /** Lower-case names. Always has `content-type`. */
  readonly headers: Readonly<Record<string, string>>
  /** When its content changed last, if `page()` or a param of that name says so. */
  readonly lastmod: string | undefined
  body(): Promise<Uint8Array>
  /** The body as text. */
  text(): Promise<string>
}

/** A file that `rendered` adds to the site. */
export interface EmittedFile {
  /** Relative to the site and without `base`: `feed.xml`. */
  fileName: string
  source: string | Uint8Array
  /** Default: the `content-type` that the extension gives. */
  headers?: Readonly<Record<string, string>>
}
