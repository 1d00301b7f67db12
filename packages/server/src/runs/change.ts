import { archivedTag, invalid, tableLimits, type RequestOf, type RunInfo, type RunTag, type changeRuns as changeRunsEndpoint } from '@cairn/protocol'
import { recordChange, type Author } from '../audit/index.ts'
import { requireActiveExperiment } from '../experiments/index.ts'
import { write, type Writer } from '../platform/db/index.ts'
import { bumpVersion } from '../users/index.ts'
import { findRuns, moveRuns } from './change-store.ts'
import { keyOf, removeTag, renameRun, setRunDeleted, upsertTags, type RunRow } from './runs-store.ts'
import { auditedRun, recordTag, runNameTag, runNotFound, toRunInfo } from './runs.ts'

export type ChangeInput = RequestOf<typeof changeRunsEndpoint> & { readonly tag: RunTag | undefined; readonly author: Author; /** Runs that are not there for whoever asks. */ readonly unseen?: readonly string[] }

/** What became of each run, and where it was before. */
export interface Changed {
  readonly info: RunInfo
  readonly from: string
}

export interface ChangedRuns {
  readonly changed: Changed[]
  /** Runs that were not there to be changed, where that may be. */
  readonly leftOut: string[]
}

/** One thing for many runs, in one transaction: a run that refuses it takes the others with it, unless those that are gone may be left out. */
export const changeRuns = write('runs.change', async (tx: Writer, input: ChangeInput): Promise<ChangedRuns> => {
  const ids = [...new Set(input.run_ids)]
  if (ids.length > tableLimits.ids) throw invalid(`At most ${tableLimits.ids} runs can be changed at once. Got ${ids.length}. Please split up the request.`)
  const { change, tag } = input
  const rows: RunRow[] = []
  const leftOut: string[] = []
  const unseen = new Set(input.unseen)
  for (const [at, found] of (await findRuns(tx, ids)).entries()) {
    const row = unseen.has(ids[at]!) ? undefined : found
    if (input.skip_gone === true && row?.deleted !== (change === 'restore' ? 1 : 0)) leftOut.push(ids[at]!)
    else if (row === undefined) throw runNotFound(ids[at]!)
    else rows.push(row)
  }
  const lasting = change === 'delete' || change === 'restore'
  const dead = lasting ? undefined : rows.find(({ deleted }) => deleted !== 0)
  if (dead !== undefined) throw invalid(`The run ${dead.run_id} must be in the 'active' state. Current state is deleted.`)
  if (change === 'move') {
    const target = await requireActiveExperiment(tx, input.experiment_id ?? '')
    await moveRuns(tx, rows.map(({ id }) => id), target.id)
    // Servers keep which experiment decides over a run.
    await bumpVersion(tx, 'grants')
    for (const row of rows) await recordChange(tx, input.author, { ...auditedRun(row.run_id), action: 'move', before: String(row.experiment_id), after: String(target.id) })
    return { changed: rows.map((row) => ({ info: toRunInfo({ ...row, experiment_id: target.id }), from: String(row.experiment_id) })), leftOut }
  }
  const changed: Changed[] = []
  for (const row of rows) {
    const key = keyOf(row)
    let after = row
    if (lasting) {
      const deleted = change === 'delete' ? 1 : 0
      if (row.deleted !== deleted) {
        await setRunDeleted(tx, row.id, deleted === 1 ? input.author.now : null)
        await recordChange(tx, input.author, { ...auditedRun(row.run_id), action: change })
      }
      after = { ...row, deleted }
    } else if (change === 'set_tag') {
      await recordTag(tx, input.author, key, { run_id: row.run_id, key: tag!.key, value: tag!.value ?? '' })
      if (tag!.key === runNameTag && tag!.value) {
        await renameRun(tx, row.id, tag!.value)
        after = { ...row, name: tag!.value }
      }
      await upsertTags(tx, key, [tag!])
    } else if (change === 'archive') {
      await recordTag(tx, input.author, key, { run_id: row.run_id, key: archivedTag, value: 'true' })
      await upsertTags(tx, key, [{ key: archivedTag, value: 'true' }])
    } else {
      const gone = change === 'unarchive' ? archivedTag : input.key ?? ''
      await recordTag(tx, input.author, key, { run_id: row.run_id, key: gone, value: undefined })
      await removeTag(tx, key, gone)
    }
    changed.push({ info: toRunInfo(after), from: String(row.experiment_id) })
  }
  return { changed, leftOut }
})
