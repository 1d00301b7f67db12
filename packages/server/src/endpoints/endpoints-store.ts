import type { EndpointServer } from '@cairn/protocol'
import type { Reader, Value, Writer } from '../platform/db/index.ts'
import { visibleSql, type Visibility } from '../users/index.ts'
import type { EndpointState } from './state.ts'

export interface EndpointRow {
  readonly endpoint_id: number
  readonly uid: string
  readonly name: string
  readonly model_uid: string
  readonly description: string | null
  readonly revision: number
  readonly state: EndpointState
  readonly creation_time: number
  readonly last_updated_time: number
  readonly updated_by: string
  readonly reason: string | null
}

type Stored = Omit<EndpointRow, 'state'> & { readonly state_json: string }
const columns = 'endpoint_id, uid, name, model_uid, description, revision, state_json, creation_time, last_updated_time, updated_by, reason'
const toRow = ({ state_json, ...row }: Stored): EndpointRow => ({ ...row, state: JSON.parse(state_json) as EndpointState })

export async function selectEndpoint(tx: Reader, name: string): Promise<EndpointRow | undefined> {
  const row = await tx.one<Stored>(`SELECT ${columns} FROM serving_endpoints WHERE name = ?`, [name])
  return row && toRow(row)
}

/** By name, those after the given one. */
export async function selectEndpoints(tx: Reader, of: { modelUid: string | undefined; after: string | undefined; limit: number; visible: Visibility | undefined }): Promise<EndpointRow[]> {
  const name = tx.dialect.bytewise('name')
  const where: string[] = []
  const params: Value[] = []
  if (of.modelUid !== undefined) {
    where.push('model_uid = ?')
    params.push(of.modelUid)
  }
  if (of.after !== undefined) {
    where.push(`${name} > ?`)
    params.push(of.after)
  }
  const visible = visibleSql(of.visible, 'm.name')
  if (visible !== undefined) {
    where.push(`model_uid IN (SELECT m.uid FROM registered_models m WHERE ${visible.sql})`)
    params.push(...visible.params)
  }
  const rows = await tx.all<Stored>(`SELECT ${columns} FROM serving_endpoints ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`} ORDER BY ${name} LIMIT ?`, [...params, of.limit])
  return rows.map(toRow)
}

export async function insertEndpoint(tx: Writer, row: Omit<EndpointRow, 'endpoint_id'>): Promise<void> {
  await tx.run(
    'INSERT INTO serving_endpoints (uid, name, model_uid, description, revision, state_json, creation_time, last_updated_time, updated_by, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    [row.uid, row.name, row.model_uid, row.description, row.revision, JSON.stringify(row.state), row.creation_time, row.last_updated_time, row.updated_by, row.reason],
  )
}

export async function updateEndpoint(tx: Writer, row: EndpointRow): Promise<void> {
  await tx.run('UPDATE serving_endpoints SET revision = ?, state_json = ?, last_updated_time = ?, updated_by = ?, reason = ? WHERE endpoint_id = ?', [
    row.revision, JSON.stringify(row.state), row.last_updated_time, row.updated_by, row.reason, row.endpoint_id,
  ])
}

export async function deleteEndpointRows(tx: Writer, endpointId: number): Promise<void> {
  for (const table of ['endpoint_servers', 'serving_endpoints']) await tx.run(`DELETE FROM ${table} WHERE endpoint_id = ?`, [endpointId])
}

interface ServerRow {
  readonly server_id: string
  readonly started_time: number
  readonly seen_time: number
  readonly report_json: string
}

/** Processes that said something since the given time, the oldest first. */
export async function selectServers(tx: Reader, endpointId: number, since: number): Promise<EndpointServer[]> {
  const rows = await tx.all<ServerRow>(
    'SELECT server_id, started_time, seen_time, report_json FROM endpoint_servers WHERE endpoint_id = ? AND seen_time >= ? ORDER BY started_time, server_id', [endpointId, since])
  return rows.map(({ server_id, started_time, seen_time, report_json }) =>
    ({ server_id, started_timestamp: started_time, seen_timestamp: seen_time, ...JSON.parse(report_json) as object }))
}

export async function upsertServer(tx: Writer, endpointId: number, serverId: string, report: object, now: number): Promise<void> {
  await tx.run(
    `INSERT INTO endpoint_servers (endpoint_id, server_id, started_time, seen_time, report_json) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (endpoint_id, server_id) DO UPDATE SET seen_time = excluded.seen_time, report_json = excluded.report_json`,
    [endpointId, serverId, now, now, JSON.stringify(report)],
  )
}

export const deleteServer = (tx: Writer, endpointId: number, serverId: string) =>
  tx.run('DELETE FROM endpoint_servers WHERE endpoint_id = ? AND server_id = ?', [endpointId, serverId])

export const deleteSilentServers = (tx: Writer, endpointId: number, before: number) =>
  tx.run('DELETE FROM endpoint_servers WHERE endpoint_id = ? AND seen_time < ?', [endpointId, before])

export async function countServers(tx: Reader, endpointId: number): Promise<number> {
  return (await tx.one<{ count: number }>('SELECT count(*) AS count FROM endpoint_servers WHERE endpoint_id = ?', [endpointId]))!.count
}
