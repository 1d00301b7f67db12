import type { Reader, Value, Writer } from '../platform/db/index.ts'

/** What all processes of an endpoint counted of a version in some minutes, an hour or a day. */
export interface Window {
  readonly endpoint_id: number
  readonly version: number
  /** When it began, in milliseconds. */
  readonly since: number
  readonly span: number
  /** The profile on whose parts it was counted. */
  readonly profile_uid: string
  readonly rows: number
  readonly skipped: number
  readonly counts: readonly number[]
  /** The last report of each process that is in it: one that is said again is left out. */
  readonly seen: Readonly<Record<string, number>>
}

type Stored = Omit<Window, 'rows' | 'counts' | 'seen'> & { readonly row_count: number; readonly counts_json: string; readonly seen_json: string }
const columns = 'endpoint_id, version, since, span, profile_uid, row_count, skipped, counts_json, seen_json'
const toWindow = ({ row_count, counts_json, seen_json, ...row }: Stored): Window =>
  ({ ...row, rows: row_count, counts: JSON.parse(counts_json) as number[], seen: JSON.parse(seen_json) as Record<string, number> })

interface Of {
  readonly endpointId: number
  readonly version: number
}

/** Adds to the window that begins then, which is made if need be; `add` gets what is there. Answers whether it was made. */
export async function changeWindow(tx: Writer, { endpointId, version, since, span, add }: Of & { readonly since: number; readonly span: number; readonly add: (window: Window) => Window }): Promise<boolean> {
  const at = [endpointId, version, since]
  const made = await tx.run(`INSERT INTO endpoint_windows (${columns}) VALUES (?, ?, ?, ?, '', 0, 0, '[]', '{}') ON CONFLICT (endpoint_id, version, since) DO NOTHING`, [...at, span])
  // Whoever adds to it at the same time waits here.
  await tx.run('UPDATE endpoint_windows SET span = span WHERE endpoint_id = ? AND version = ? AND since = ?', at)
  const row = await tx.one<Stored>(`SELECT ${columns} FROM endpoint_windows WHERE endpoint_id = ? AND version = ? AND since = ?`, at)
  const { profile_uid, rows, skipped, counts, seen } = add(toWindow(row!))
  await tx.run('UPDATE endpoint_windows SET profile_uid = ?, row_count = ?, skipped = ?, counts_json = ?, seen_json = ? WHERE endpoint_id = ? AND version = ? AND since = ?', [
    profile_uid, rows, skipped, JSON.stringify(counts), JSON.stringify(seen), ...at,
  ])
  return made === 1
}

/** Windows of a version, the newest first; those that began before `until` and not before `since`, where these are given. */
export async function selectWindows(tx: Reader, { endpointId, version, since, until }: Of & { readonly since?: number; readonly until?: number }): Promise<Window[]> {
  const params: Value[] = [endpointId, version]
  if (since !== undefined) params.push(since)
  if (until !== undefined) params.push(until)
  const rows = await tx.all<Stored>(`SELECT ${columns} FROM endpoint_windows WHERE endpoint_id = ? AND version = ?${since === undefined ? '' : ' AND since >= ?'}${until === undefined ? '' : ' AND since < ?'} ORDER BY since DESC`, params)
  return rows.map(toWindow)
}

/** Takes windows away, and answers those that were there. */
export async function takeWindows(tx: Writer, { endpointId, version }: Of, sinces: readonly number[]): Promise<Window[]> {
  const rows = await tx.all<Stored>(`DELETE FROM endpoint_windows WHERE endpoint_id = ? AND version = ? AND since IN (${sinces.map(() => '?').join(', ')}) RETURNING ${columns}`, [endpointId, version, ...sinces])
  return rows.map(toWindow)
}

export async function insertWindow(tx: Writer, { endpoint_id, version, since, span, profile_uid, rows, skipped, counts, seen }: Window): Promise<void> {
  await tx.run(`INSERT INTO endpoint_windows (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, [endpoint_id, version, since, span, profile_uid, rows, skipped, JSON.stringify(counts), JSON.stringify(seen)])
}

export const forgetWindows = (tx: Writer, endpointId: number, before: number) => tx.run('DELETE FROM endpoint_windows WHERE endpoint_id = ? AND since < ?', [endpointId, before])
