/** The `Cache-Control` of a file with a hash of its content in its name: it never changes. */
export const immutable = 'public, max-age=31536000, immutable'

/** The `Cache-Control` of any other file: a browser asks each time whether it changed. */
export const revalidated = 'public, max-age=0, must-revalidate'
