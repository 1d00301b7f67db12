import type { ProfileColumn, VersionProfile } from '@cairn/protocol'
import type { Reader, Writer } from '../platform/db/index.ts'
import type { VersionRow } from './versions-store.ts'

type Of = Pick<VersionRow, 'model_id' | 'version'>

interface Stored {
  readonly uid: string
  readonly source: VersionProfile['source']
  readonly row_count: number
  readonly columns_json: string
  readonly creation_time: number
  readonly created_by: string
  readonly made_of: string | null
}

const stored = 'uid, source, row_count, columns_json, creation_time, created_by, made_of'

const profileIn = (row: Stored): VersionProfile => ({
  profile_uid: row.uid, source: row.source, rows: row.row_count, columns: JSON.parse(row.columns_json) as ProfileColumn[], creation_timestamp: row.creation_time, created_by: row.created_by,
  ...(row.made_of !== null && { of: row.made_of }),
})

export async function selectProfile(tx: Reader, { model_id, version }: Of): Promise<VersionProfile | undefined> {
  const row = await tx.one<Stored>(`SELECT ${stored} FROM model_version_profiles WHERE model_id = ? AND version = ?`, [model_id, version])
  return row && profileIn(row)
}

/** Of all versions of a model that have one of their own. */
export async function selectProfiles(tx: Reader, modelId: number): Promise<Map<number, VersionProfile>> {
  const rows = await tx.all<Stored & { version: number }>(`SELECT version, ${stored} FROM model_version_profiles WHERE model_id = ? ORDER BY version`, [modelId])
  return new Map(rows.map((row) => [row.version, profileIn(row)]))
}

export async function putProfile(tx: Writer, { model_id, version }: Of, profile: VersionProfile): Promise<void> {
  await tx.run(
    `INSERT INTO model_version_profiles (model_id, version, uid, source, row_count, columns_json, creation_time, created_by, made_of) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (model_id, version) DO UPDATE SET uid = excluded.uid, source = excluded.source, row_count = excluded.row_count, columns_json = excluded.columns_json,
        creation_time = excluded.creation_time, created_by = excluded.created_by, made_of = excluded.made_of`,
    [model_id, version, profile.profile_uid, profile.source, Number(profile.rows), JSON.stringify(profile.columns), Number(profile.creation_timestamp), profile.created_by, profile.of ?? null],
  )
}

export const deleteProfileRow = (tx: Writer, { model_id, version }: Of) => tx.run('DELETE FROM model_version_profiles WHERE model_id = ? AND version = ?', [model_id, version])
