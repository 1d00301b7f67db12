import { invalid, quotaKinds, type Quota } from '@cairn/protocol'
import { recordChange, type Author } from '../audit/index.ts'
import { read, write, type AnyOperation } from '../platform/db/index.ts'
import { askForMeasure, insertChange, lastChange, putLimit, putMeasured, selectLimits, selectNames, selectMeasured, type Limits, type Measured } from './quotas-store.ts'
import { placesOfWorkspace, usageByWorkspace, type CountedKind, type Usage } from './usage-view.ts'

/** Names, limits and measured bytes of all workspaces, by number. */
export const readQuotas = read('quotas.read', async (tx): Promise<{ names: Map<number, string>; limits: Map<number, Limits>; measured: Map<number, Measured> }> =>
  ({ names: await selectNames(tx), limits: await selectLimits(tx), measured: await selectMeasured(tx) }))

export const readUsage = read('quotas.usage', (tx, { kinds }: { kinds: readonly CountedKind[] }): Promise<Map<number, Usage>> => usageByWorkspace(tx, kinds))

/** -1 takes a limit away. */
export const setLimits = write('quotas.set', async (tx, { workspace, limits, author }: { workspace: { id: number; name: string }; limits: Limits; author: Author }): Promise<void> => {
  const before = (await selectLimits(tx)).get(workspace.id) ?? {}
  const after = { ...before }
  for (const kind of quotaKinds) {
    const most = limits[kind]
    if (most === undefined) continue
    if (!Number.isSafeInteger(most) || most < -1) throw invalid(`A limit is a whole number from 0 on, or -1 for none; got ${most} for ${kind}.`)
    await putLimit(tx, workspace.id, kind, most === -1 ? undefined : most)
    if (most === -1) delete after[kind]
    else after[kind] = most
  }
  await recordChange(tx, author, { entity: 'workspace', uid: `workspace:${workspace.id}`, name: workspace.name, action: 'set_quotas', before, after })
})

/** A file was stored. */
export const noteStored = write('quotas.stored', async (tx, { workspace, bytes }: { workspace: number; bytes: number }): Promise<void> => { await insertChange(tx, workspace, bytes) })

/** What is stored may be less than is known: files were deleted or replaced. Undefined for every workspace. */
export const measureAgain = write('quotas.measureAgain', async (tx, { workspace }: { workspace: number | undefined }): Promise<void> => { await askForMeasure(tx, workspace) })

/** Where a workspace's files are, and the last change that a measure which begins now sees. */
export const toMeasure = read('quotas.toMeasure', async (tx, { workspace }: { workspace: number }) => ({ places: await placesOfWorkspace(tx, workspace), upTo: await lastChange(tx) }))

export const noteMeasured = write('quotas.measured', async (tx, { workspace, upTo, ...measured }: Measured & { workspace: number; upTo: number }): Promise<void> => { await putMeasured(tx, workspace, measured, upTo) })

export const quotaOperations: AnyOperation[] = [readQuotas, readUsage, setLimits, noteStored, measureAgain, toMeasure, noteMeasured]

/** As clients are told it. */
export function toQuota(name: string, limits: Limits, usage: Usage | undefined, measured: Measured | undefined): Quota {
  return {
    workspace: name, limits: { ...limits },
    usage: { runs: 0, experiments: 0, points: 0, registered_models: 0, ...usage, ...(limits.artifact_bytes !== undefined && measured !== undefined && { artifact_bytes: measured.bytes }) },
  }
}
