import type { AuditEntity, AuditEntry } from '@cairn/protocol'
import type { Awaitable, Reader, Value, Writer } from '../platform/db/index.ts'

/** A change as the slice that makes it reports it. `before` and `after` are JSON values. */
export interface Change {
  readonly entity: AuditEntity
  /** Names the entity for ever: it survives renames and is never given out again. */
  readonly uid: string
  readonly name: string
  readonly action: string
  readonly version?: number
  /** The alias or the tag's key. */
  readonly item?: string
  readonly before?: unknown
  readonly after?: unknown
  /** The entry of the change that brought this one about. */
  readonly partOf?: number
}

/** Who makes a change, and when. */
export interface Author {
  readonly principal: string
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Where; the one that is always there unless told. */
  readonly workspace?: { readonly id: number; readonly name: string } | undefined
}

const everybodys = 1

const json = (value: unknown): string | null => value === undefined ? null : JSON.stringify(value)

/** Writes a change down, in the transaction that makes it; answers the entry's id. */
export async function recordChange(tx: Writer, author: Author, change: Change): Promise<number> {
  const row = await tx.one<{ entry_id: number }>(
    `INSERT INTO audit_entries (time, principal, entity, entity_uid, entity_name, action, version, item, before_json, after_json, part_of, workspace_id)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING entry_id`,
    [
      author.now, author.principal, change.entity, change.uid, change.name, change.action, change.version ?? null, change.item ?? null,
      json(change.before), json(change.after), change.partOf ?? null, author.workspace?.id ?? everybodys,
    ],
  )
  return row!.entry_id
}

/** Things go into another workspace with their history. */
export const moveEntries = (tx: Writer, from: number, to: number) => tx.run('UPDATE audit_entries SET workspace_id = ? WHERE workspace_id = ?', [to, from])

/** A change that was written down, for undoing it. */
export interface RecordedChange {
  readonly entry_id: number
  readonly entity_uid: string
  readonly action: string
  readonly version: number | null
  readonly item: string | null
  readonly before: unknown
  readonly after: unknown
}

type ChangeRow = Omit<RecordedChange, 'before' | 'after'> & { before_json: string | null; after_json: string | null }
const changeColumns = 'entry_id, entity_uid, action, version, item, before_json, after_json'
const parsed = (text: string | null): unknown => text === null ? undefined : JSON.parse(text)
const toChange = ({ before_json, after_json, ...row }: ChangeRow): RecordedChange => ({ ...row, before: parsed(before_json), after: parsed(after_json) })

/** The newest change of these actions to an entity, or the one of the given id if it is such a change. */
export async function findChange(
  tx: Reader, of: { uid: string; actions: readonly string[]; item?: string; version?: number; entryId?: number },
): Promise<RecordedChange | undefined> {
  const where = ['entity_uid = ?', `action IN (${of.actions.map(() => '?').join(', ')})`]
  const params: Value[] = [of.uid, ...of.actions]
  for (const [column, value] of [['item', of.item], ['version', of.version], ['entry_id', of.entryId]] as const) {
    if (value === undefined) continue
    where.push(`${column} = ?`)
    params.push(value)
  }
  const row = await tx.one<ChangeRow>(`SELECT ${changeColumns} FROM audit_entries ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''} ORDER BY entry_id DESC LIMIT 1`, params)
  return row && toChange(row)
}

/** The changes that a change brought about. */
export async function changesWithin(tx: Reader, entryId: number): Promise<RecordedChange[]> {
  return (await tx.all<ChangeRow>(`SELECT ${changeColumns} FROM audit_entries WHERE part_of = ? ORDER BY entry_id`, [entryId])).map(toChange)
}

export interface EntryQuery {
  readonly entity?: AuditEntity | undefined
  readonly entity_name?: string | undefined
  readonly entity_uid?: string | undefined
  readonly version?: number | undefined
  readonly action?: string | undefined
  /** Only older entries. */
  readonly before?: number | undefined
  /** Only what happened in this workspace; undefined for all. */
  readonly workspace?: number | undefined
  /** Besides, what happened in workspaces that there are no more. */
  readonly gone?: boolean | undefined
  readonly limit: number
}

interface EntryRow {
  entry_id: number
  time: number
  principal: string
  entity: AuditEntity
  entity_name: string
  action: string
  version: number | null
  item: string | null
  before_json: string | null
  after_json: string | null
}

/** Entries, newest first. A name stands for everything that ever bore it, under its other names too. */
export async function selectEntries(tx: Reader, query: EntryQuery): Promise<AuditEntry[]> {
  const where: string[] = []
  const params: Value[] = []
  const also = (clause: string, ...values: Value[]): void => {
    where.push(clause)
    params.push(...values)
  }
  if (query.workspace !== undefined) also(query.gone === true ? '(workspace_id = ? OR workspace_id NOT IN (SELECT id FROM workspaces))' : 'workspace_id = ?', query.workspace)
  if (query.entity_name !== undefined) also('entity_uid IN (SELECT entity_uid FROM audit_entries WHERE entity_name = ?)', query.entity_name)
  if (query.entity_uid !== undefined) also('entity_uid = ?', query.entity_uid)
  if (query.entity !== undefined) also('entity = ?', query.entity)
  if (query.version !== undefined) also('version = ?', query.version)
  if (query.action !== undefined) also('action = ?', query.action)
  if (query.before !== undefined) also('entry_id < ?', query.before)
  const rows = await (tx.all<EntryRow>(
    `SELECT entry_id, time, principal, entity, entity_name, action, version, item, before_json, after_json FROM audit_entries
      ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''} ORDER BY entry_id DESC LIMIT ?`,
    [...params, query.limit],
  ) as Awaitable<EntryRow[]>)
  return rows.map((row) => ({
    entry_id: String(row.entry_id), timestamp: row.time, principal: row.principal, entity: row.entity, entity_name: row.entity_name, action: row.action,
    ...(row.version !== null && { version: String(row.version) }),
    ...(row.item !== null && { key: row.item }),
    ...(row.before_json !== null && { before: parsed(row.before_json) }),
    ...(row.after_json !== null && { after: parsed(row.after_json) }),
  }))
}
