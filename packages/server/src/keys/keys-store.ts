import { inLists, together, type Migration, type Reader, type Writer } from '../platform/db/index.ts'

/**
 * Names of metrics, params and tags as integers. A name is a few dozen bytes and stands in millions
 * of rows; its id takes one or two.
 */
export const keysMigrations: Migration[] = [
  { name: 'keys/0001-keys', up: (dialect) => [`CREATE TABLE keys (id ${dialect.id}, name TEXT NOT NULL UNIQUE)`] },
]

/** Names that the writer keeps in memory; a server sees few, but nothing stops a client from inventing them. */
const cacheLimit = 50_000

/** The ids of names, in their order; names that are new get one. */
export async function internKeys(tx: Writer, names: readonly string[]): Promise<number[]> {
  const known = tx.cache('keys', () => new Map<string, number>())
  const ids: number[] = []
  for (const name of names) ids.push(known.get(name) ?? await internKey(tx, known, name))
  return ids
}

async function internKey(tx: Writer, known: Map<string, number>, name: string): Promise<number> {
  let row = await tx.one<{ id: number }>(selectId, [name])
  if (row === undefined) {
    await tx.run('INSERT INTO keys (name) VALUES (?) ON CONFLICT (name) DO NOTHING', [name])
    row = await tx.one<{ id: number }>(selectId, [name])
  }
  if (known.size >= cacheLimit) known.clear()
  known.set(name, row!.id)
  return row!.id
}

const selectId = 'SELECT id FROM keys WHERE name = ?'

/** The id of a name, if anything was ever logged under it. It never changes, so each reader keeps those that it has seen. */
export async function findKey(tx: Reader, name: string): Promise<number | undefined> {
  const known = tx.cache('key-ids', () => new Map<string, number>())
  const kept = known.get(name)
  if (kept !== undefined) return kept
  const id = (await tx.one<{ id: number }>(selectId, [name]))?.id
  if (known.size >= cacheLimit) known.clear()
  if (id !== undefined) known.set(name, id)
  return id
}

/**
 * The names of ids that stand in the `column`th place of rows. A name never changes, so each
 * reader keeps those that it has seen.
 */
export async function keyNames(tx: Reader, tables: readonly (readonly unknown[][])[], column: number): Promise<ReadonlyMap<number, string>> {
  let known = tx.cache('key-names', () => new Map<number, string>())
  if (known.size >= cacheLimit) known = new Map()
  const unknown = new Set<number>()
  for (const rows of tables) {
    for (const row of rows) {
      const id = row[column] as number
      if (!known.has(id)) unknown.add(id)
    }
  }
  if (unknown.size === 0) return known
  const found = await together(tx, [...inLists([...unknown])], (list) => tx.rows<[number, string]>(`SELECT id, name FROM keys WHERE id IN ${list.sql}`, list.params))
  for (const [id, name] of found.flat()) known.set(id, name)
  return known
}

const unused = 'id NOT IN (SELECT key_id FROM params UNION SELECT key_id FROM tags UNION SELECT key_id FROM latest_metrics)'

/** How many names nothing has any more. Each metric that was ever logged has a latest value. */
export const unusedKeys = async (tx: Reader): Promise<number> => (await tx.rows<[number]>(`SELECT COUNT(*) FROM keys WHERE ${unused}`))[0]![0]

/** Forgets names that nothing has any more. Whoever keeps their numbers in memory would use them still: no server may run. */
export const forgetUnusedKeys = (tx: Writer) => tx.run(`DELETE FROM keys WHERE ${unused}`)
