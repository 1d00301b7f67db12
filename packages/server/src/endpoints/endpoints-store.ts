import type { EndpointServer, ServingEndpoint } from '@cairn/protocol'
import type { Reader, Value, Writer } from '../platform/db/index.ts'
import { visibleSql, type Visibility } from '../users/index.ts'
import type { ModelName } from '../registry/index.ts'
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
  /** The process that decides about steps, while it says something again before that time. */
  readonly decider: string | null
  readonly decider_until: number | null
  /** What processes saw of a step that have ended since. */
  readonly ended: Ended | null
  readonly workspace_id: number
}
export type Ended = NonNullable<ServingEndpoint['ended']>

type Stored = Omit<EndpointRow, 'state' | 'ended'> & { readonly state_json: string; readonly ended_json: string | null }
const columns = 'endpoint_id, uid, name, model_uid, description, revision, state_json, creation_time, last_updated_time, updated_by, reason, decider, decider_until, ended_json, workspace_id'
const toRow = ({ state_json, ended_json, ...row }: Stored): EndpointRow =>
  ({ ...row, state: JSON.parse(state_json) as EndpointState, ended: ended_json === null ? null : JSON.parse(ended_json) as Ended })

export async function selectEndpoint(tx: Reader, { workspace, name }: ModelName): Promise<EndpointRow | undefined> {
  const row = await tx.one<Stored>(`SELECT ${columns} FROM serving_endpoints WHERE workspace_id = ? AND name = ?`, [workspace, name])
  return row && toRow(row)
}

/** By name, those after the given one. */
export async function selectEndpoints(tx: Reader, of: { workspace: number; modelUid: string | undefined; after: string | undefined; limit: number; visible: Visibility | undefined }): Promise<EndpointRow[]> {
  const name = tx.dialect.bytewise('name')
  const where = ['workspace_id = ?']
  const params: Value[] = [of.workspace]
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
  const rows = await tx.all<Stored>(`SELECT ${columns} FROM serving_endpoints WHERE ${where.join(' AND ')} ORDER BY ${name} LIMIT ?`, [...params, of.limit])
  return rows.map(toRow)
}

export type NewEndpoint = Omit<EndpointRow, 'endpoint_id' | 'decider' | 'decider_until' | 'ended'>
export async function insertEndpoint(tx: Writer, row: NewEndpoint): Promise<void> {
  await tx.run(
    'INSERT INTO serving_endpoints (uid, name, model_uid, description, revision, state_json, creation_time, last_updated_time, updated_by, reason, workspace_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    [row.uid, row.name, row.model_uid, row.description, row.revision, JSON.stringify(row.state), row.creation_time, row.last_updated_time, row.updated_by, row.reason, row.workspace_id],
  )
}

/** Answers whether the endpoint still had the revision before: another server may have been faster. */
export async function updateEndpoint(tx: Writer, row: EndpointRow): Promise<boolean> {
  return await tx.run('UPDATE serving_endpoints SET revision = ?, state_json = ?, last_updated_time = ?, updated_by = ?, reason = ? WHERE endpoint_id = ? AND revision = ?', [
    row.revision, JSON.stringify(row.state), row.last_updated_time, row.updated_by, row.reason, row.endpoint_id, row.revision - 1,
  ]) === 1
}

/** Answers whether the process decides from now on: nobody else does, or it did already. */
export async function takeDecision(tx: Writer, endpointId: number, serverId: string, now: number, until: number): Promise<boolean> {
  return await tx.run('UPDATE serving_endpoints SET decider = ?, decider_until = ? WHERE endpoint_id = ? AND (decider IS NULL OR decider = ? OR decider_until <= ?)', [serverId, until, endpointId, serverId, now]) === 1
}

export const leaveDecision = (tx: Writer, endpointId: number, serverId: string) =>
  tx.run('UPDATE serving_endpoints SET decider = NULL, decider_until = NULL WHERE endpoint_id = ? AND decider = ?', [endpointId, serverId])

/** Keeps what processes saw that are no more. Whoever adds to it waits for the other: `add` gets what is there. */
export async function addEnded(tx: Writer, endpointId: number, add: (ended: Ended | null) => Ended): Promise<void> {
  await tx.run('UPDATE serving_endpoints SET ended_json = ended_json WHERE endpoint_id = ?', [endpointId])
  const { ended_json } = (await tx.one<{ ended_json: string | null }>('SELECT ended_json FROM serving_endpoints WHERE endpoint_id = ?', [endpointId]))!
  await tx.run('UPDATE serving_endpoints SET ended_json = ? WHERE endpoint_id = ?', [JSON.stringify(add(ended_json === null ? null : JSON.parse(ended_json) as Ended)), endpointId])
}

export async function deleteEndpointRows(tx: Writer, endpointId: number): Promise<void> {
  for (const table of ['endpoint_windows', 'endpoint_servers', 'serving_endpoints']) await tx.run(`DELETE FROM ${table} WHERE endpoint_id = ?`, [endpointId])
}

interface ServerRow {
  readonly server_id: string
  readonly started_time: number
  readonly seen_time: number
  readonly report_json: string
}

const toServer = ({ server_id, started_time, seen_time, report_json }: ServerRow): EndpointServer =>
  ({ server_id, started_timestamp: started_time, seen_timestamp: seen_time, ...JSON.parse(report_json) as object })
const serverColumns = 'server_id, started_time, seen_time, report_json'

/** Processes that said something since the given time, the oldest first. */
export async function selectServers(tx: Reader, endpointId: number, since: number): Promise<EndpointServer[]> {
  const rows = await tx.all<ServerRow>(`SELECT ${serverColumns} FROM endpoint_servers WHERE endpoint_id = ? AND seen_time >= ? ORDER BY started_time, server_id`, [endpointId, since])
  return rows.map(toServer)
}

/** Takes those away that have said nothing since the given time, or the one named; answers what they said last. */
export async function takeServers(tx: Writer, endpointId: number, of: { readonly before: number } | { readonly serverId: string }): Promise<EndpointServer[]> {
  const [where, value] = 'before' in of ? ['seen_time < ?', of.before] as const : ['server_id = ?', of.serverId] as const
  return (await tx.all<ServerRow>(`DELETE FROM endpoint_servers WHERE endpoint_id = ? AND ${where} RETURNING ${serverColumns}`, [endpointId, value])).map(toServer)
}

export async function upsertServer(tx: Writer, endpointId: number, serverId: string, report: object, now: number): Promise<void> {
  await tx.run(
    `INSERT INTO endpoint_servers (endpoint_id, server_id, started_time, seen_time, report_json) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (endpoint_id, server_id) DO UPDATE SET seen_time = excluded.seen_time, report_json = excluded.report_json`,
    [endpointId, serverId, now, now, JSON.stringify(report)],
  )
}

export async function countServers(tx: Reader, endpointId: number): Promise<number> {
  return (await tx.one<{ count: number }>('SELECT count(*) AS count FROM endpoint_servers WHERE endpoint_id = ?', [endpointId]))!.count
}
