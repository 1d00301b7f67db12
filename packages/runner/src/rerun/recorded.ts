import { ApiError, type CairnClient } from '@cairn/sdk'
import { ProjectError } from '../errors.ts'
import { lockFile, recordFile, type RunRecord } from '../record/record.ts'

/** The record of a run; undefined where it has none. */
export async function findRecord(client: CairnClient, runId: string): Promise<RunRecord | undefined> {
  const text = await fileText(client, runId, recordFile)
  if (text === undefined) return undefined
  const record = JSON.parse(text) as RunRecord
  if (record.format !== 1) throw new ProjectError(`The record of run ${runId} was written by a newer Cairn (format ${String(record.format)}).`, 'Upgrade Cairn on this machine.')
  return record
}

/** The record of a run that has one. */
export async function readRecord(client: CairnClient, runId: string): Promise<RunRecord> {
  const record = await findRecord(client, runId)
  if (record !== undefined) return record
  throw new ProjectError(`Run ${runId} has no record of how it came about.`, 'Runs that "cairn run" or "mlflow run" started can be repeated. Start this one anew: cairn run PROJECT, with the params that the run has.')
}

export const readLock = (client: CairnClient, runId: string): Promise<string | undefined> => fileText(client, runId, lockFile)

async function fileText(client: CairnClient, runId: string, path: string): Promise<string | undefined> {
  const bytes = await fileBytes(client, runId, path)
  return bytes === undefined ? undefined : Buffer.from(bytes).toString()
}

/** A file of a run, undefined where it has none of that name. */
export async function fileBytes(client: CairnClient, runId: string, path: string): Promise<Uint8Array | undefined> {
  // Asked first, so that a run that is not there is told from a file that is not.
  await client.runs.get(runId)
  try {
    return new Uint8Array(await (await client.artifacts.download(runId, path)).arrayBuffer())
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}
