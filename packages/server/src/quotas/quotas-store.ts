import { quotaKinds, type QuotaKind } from '@cairn/protocol'
import type { Reader, Writer } from '../platform/db/index.ts'

export type Limits = Partial<Record<QuotaKind, number>>

/** By workspace. */
export const selectLimits = async (tx: Reader): Promise<Map<number, Limits>> => limitsBy(await tx.rows<[number, string, number]>('SELECT workspace_id, kind, most FROM quotas ORDER BY workspace_id, kind'))

/** By the team's name. */
export const selectTeamLimits = async (tx: Reader): Promise<Map<string, Limits>> => limitsBy(await tx.rows<[string, string, number]>(`SELECT team, kind, most FROM team_quotas ORDER BY ${tx.dialect.bytewise('team')}, kind`))

function limitsBy<K>(rows: readonly (readonly [K, string, number])[]): Map<K, Limits> {
  const found = new Map<K, Limits>()
  for (const [key, kind, most] of rows) {
    const known = quotaKinds.find((one) => one === kind)
    if (known !== undefined) found.set(key, { ...found.get(key), [known]: most })
  }
  return found
}

export const selectNames = async (tx: Reader): Promise<Map<number, string>> => new Map(await tx.rows<[number, string]>(`SELECT id, name FROM workspaces ORDER BY ${tx.dialect.bytewise('name')}`))

export async function putLimit(tx: Writer, workspace: number, kind: QuotaKind, most: number | undefined): Promise<void> {
  if (most === undefined) await tx.run('DELETE FROM quotas WHERE workspace_id = ? AND kind = ?', [workspace, kind])
  else await tx.run('INSERT INTO quotas (workspace_id, kind, most) VALUES (?, ?, ?) ON CONFLICT (workspace_id, kind) DO UPDATE SET most = excluded.most', [workspace, kind, most])
}

export async function putTeamLimit(tx: Writer, team: string, kind: QuotaKind, most: number | undefined): Promise<void> {
  if (most === undefined) await tx.run('DELETE FROM team_quotas WHERE team = ? AND kind = ?', [team, kind])
  else await tx.run('INSERT INTO team_quotas (team, kind, most) VALUES (?, ?, ?) ON CONFLICT (team, kind) DO UPDATE SET most = excluded.most', [team, kind, most])
}

/** For a workspace that is deleted. What limits its team stays: it is about the others too. */
export async function forgetQuotas(tx: Writer, workspace: number): Promise<void> {
  for (const table of ['quotas', 'artifact_usage', 'artifact_changes']) await tx.run(`DELETE FROM ${table} WHERE workspace_id = ?`, [workspace])
}

export interface Measured {
  readonly bytes: number
  /** Milliseconds since the epoch; 0 where it is to be measured again. */
  readonly time: number
}

/** Bytes of artifacts by workspace, with what was stored since they were measured. */
export async function selectMeasured(tx: Reader): Promise<Map<number, Measured>> {
  const rows = await tx.rows<[number, number, number, number | null]>(
    'SELECT u.workspace_id, u.bytes, u.measured_time, (SELECT SUM(c.bytes) FROM artifact_changes c WHERE c.workspace_id = u.workspace_id) FROM artifact_usage u ORDER BY u.workspace_id')
  return new Map(rows.map(([workspace, bytes, time, since]) => [workspace, { bytes: bytes + Number(since ?? 0), time }]))
}

export const insertChange = (tx: Writer, workspace: number, bytes: number) => tx.run('INSERT INTO artifact_changes (workspace_id, bytes) VALUES (?, ?)', [workspace, bytes])

export const lastChange = async (tx: Reader): Promise<number> => (await tx.rows<[number | null]>('SELECT MAX(id) FROM artifact_changes'))[0]?.[0] ?? 0

/** What was stored up to a change is in the measure. */
export async function putMeasured(tx: Writer, workspace: number, { bytes, time }: Measured, upTo: number): Promise<void> {
  await tx.run('DELETE FROM artifact_changes WHERE workspace_id = ? AND id <= ?', [workspace, upTo])
  await tx.run('INSERT INTO artifact_usage (workspace_id, bytes, measured_time) VALUES (?, ?, ?) ON CONFLICT (workspace_id) DO UPDATE SET bytes = excluded.bytes, measured_time = excluded.measured_time', [workspace, bytes, time])
}

export const askForMeasure = (tx: Writer, workspace: number | undefined) => (workspace === undefined
  ? tx.run('UPDATE artifact_usage SET measured_time = 0') : tx.run('UPDATE artifact_usage SET measured_time = 0 WHERE workspace_id = ?', [workspace]))
