import { PGlite } from '@electric-sql/pglite'
import { composePosts } from './compose.ts'
import schema from './schema.sql?raw'
import seed from './seed.sql?raw'

let opened: Promise<PGlite> | undefined

/** The database: PostgreSQL inside this process, in memory, filled on first use. */
export const database = (): Promise<PGlite> => (opened ??= open())

async function open(): Promise<PGlite> {
  const db = new PGlite()
  await db.exec(schema)
  await db.query(seed, [JSON.stringify(composePosts())])
  await edit(db)
  return db
}

/**
 * `BLOG_EDIT='{"touch":["slug"],"remove":["slug"]}'` revises some posts and removes others, so that two builds
 * can differ the way a week of editing makes them differ.
 */
async function edit(db: PGlite): Promise<void> {
  const { touch = [], remove = [] } = JSON.parse(process.env.BLOG_EDIT || '{}') as {
    touch?: string[]
    remove?: string[]
  }
  const touched = await db.query('update posts set updated = updated + 1 where slug = any($1)', [touch])
  const removed = await db.query('delete from posts where slug = any($1)', [remove])
  if (touched.affectedRows !== touch.length || removed.affectedRows !== remove.length) {
    throw new Error(`BLOG_EDIT names a post that does not exist: ${process.env.BLOG_EDIT}`)
  }
}
