import { recordChange, type Author } from '../audit/index.ts'
import { appendToUri, adoptExperiment, findExperiments } from '../experiments/index.ts'
import { adoptLoggedModel, findLoggedModel, type AdoptedLoggedModel } from '../logged-models/index.ts'
import { appendPoints, type PackedPoints, type RunRef } from '../metrics/index.ts'
import { read, write, type Reader } from '../platform/db/index.ts'
import { adoptRegisteredModel, type AdoptedModel } from '../registry/index.ts'
import { adoptRun, countChange, findRun, type AdoptedRun } from '../runs/index.ts'
import * as store from './import-store.ts'
import type { SourceExperiment } from './source.ts'
import { countBrought, type Brought } from './target-view.ts'

/** Who brings something, and the entry of the import that it belongs to. */
export interface Bringer {
  readonly author: Author
  readonly partOf: number
}

interface Begun {
  readonly number: number
  /** Of the audit trail. */
  readonly entry: number
}

const audited = (number: number, title: string) => ({ entity: 'database', uid: `import:${number}`, name: title }) as const

/** An import begins; it is written down first, so that one which is ended midway is there too. */
export const beginImport = write('transfer.begin', async (tx, { identity, title, author, account }: { identity: string; title: string; author: Author; account: string | undefined }): Promise<Begun> => {
  const number = await store.sourceNumber(tx, identity)
  return { number, entry: await recordChange(tx, author, { ...audited(number, title), action: 'import', after: { from: identity, ...(account !== undefined && { account }) } }) }
})

/** An import has ended, with everything or without something. */
export const endImport = write('transfer.end', async (tx, { number, title, brought, by }: { number: number; title: string; brought: object; by: Bringer }) => {
  await recordChange(tx, by.author, { ...audited(number, title), action: 'import_end', after: brought, partOf: by.partOf })
})

export interface BroughtExperiment {
  readonly id: number
  readonly artifact_location: string
  /** There was one of this name before, which another import or somebody else had made. */
  readonly merged: boolean
}

/** `root` is where new experiments keep their artifacts; without one they keep the source's place. */
export const bringExperiment = write('transfer.bringExperiment', async (tx, { source, workspace, experiment, root, by }: { source: number; workspace: number; experiment: SourceExperiment; root: string | undefined; by: Bringer }): Promise<BroughtExperiment> => {
  const { id: sourceId, artifact_location: location, workspace: _theirs, ...rest } = experiment
  const known = await store.importedExperiment(tx, source, sourceId)
  const row = known === undefined ? undefined : (await findExperiments(tx, [known])).get(known)
  if (row !== undefined) return { id: row.id, artifact_location: row.artifact_location, merged: false }
  const adopted = await adoptExperiment(tx, { ...rest, workspace_id: workspace, wantedId: keepableId(sourceId), locate: (id) => (root === undefined ? location : appendToUri(root, String(id))) })
  await store.noteExperiment(tx, source, sourceId, adopted.row.id)
  const { existed, tagged, row: { id, name } } = adopted
  if (!existed || tagged > 0) await recordChange(tx, by.author, { entity: 'experiment', uid: `experiment:${id}`, name, action: 'import', after: existed ? { tags: tagged } : { was: sourceId, tags: tagged }, partOf: by.partOf })
  return { id: adopted.row.id, artifact_location: adopted.row.artifact_location, merged: adopted.existed }
})

/** File stores number experiments with 18 digits, which no double holds; Cairn's ids are whole doubles. */
export function keepableId(sourceId: string): number | undefined {
  const id = Number(sourceId)
  return /^\d+$/.test(sourceId) && Number.isSafeInteger(id) ? id : undefined
}

/** A model that is in another workspace stays as it is there. */
export const bringLoggedModel = write('transfer.bringLoggedModel', async (tx, model: AdoptedLoggedModel) => {
  const known = await findLoggedModel(tx, model.row.model_id)
  if (known === undefined || await sameWorkspace(tx, model.row.experiment_id, known.experiment_id)) await adoptLoggedModel(tx, model)
})

export interface BroughtRun {
  readonly run: RunRef
  /** `whole`: brought before and unchanged. `other`: here, but not by an import or in another workspace, so it was left alone. */
  readonly state: 'new' | 'again' | 'whole' | 'other'
  readonly artifact_uri: string
  /** How many points were brought, where it was whole before. */
  readonly points: number
}

async function sameWorkspace(tx: Reader, one: number, other: number): Promise<boolean> {
  if (one === other) return true
  const found = await findExperiments(tx, [one, other])
  return found.get(one)?.workspace_id === found.get(other)?.workspace_id
}

/** All of a run but its points, unless it is here already. */
export const bringRun = write('transfer.bringRun', async (tx, { source, run, fingerprint, by }: { source: number; run: AdoptedRun; fingerprint: string; by: Bringer }): Promise<BroughtRun> => {
  const known = await findRun(tx, run.row.run_id)
  if (known !== undefined) {
    const ref = { id: known.id, experimentId: known.experiment_id }
    const before = await store.importedRun(tx, known.id)
    if (before === undefined || !await sameWorkspace(tx, run.row.experiment_id, known.experiment_id)) return { run: ref, state: 'other', artifact_uri: known.artifact_uri, points: 0 }
    if (before.points !== null && before.fingerprint === fingerprint) return { run: ref, state: 'whole', artifact_uri: known.artifact_uri, points: before.points }
  }
  const ref = await adoptRun(tx, run)
  // One that is new is a record and no change; this one was here and is another now.
  if (known !== undefined) await recordChange(tx, by.author, { entity: 'run', uid: `run:${run.row.run_id}`, name: run.row.run_id, action: 'import', partOf: by.partOf })
  await store.beginRun(tx, ref.id, source, fingerprint)
  return { run: ref, state: known === undefined ? 'new' : 'again', artifact_uri: run.row.artifact_uri, points: 0 }
})

export const bringPoints = write('transfer.bringPoints', async (tx, { run, points }: { run: RunRef; points: PackedPoints }) => {
  await appendPoints(tx, run, points)
  await countChange(tx, run)
})

export const finishRun = write('transfer.finishRun', async (tx, { run, points }: { run: number; points: number }) => {
  await store.finishRun(tx, run, points)
})

/** Answers the versions whose number another version has here. */
export const bringRegisteredModel = write('transfer.bringRegisteredModel', async (tx, { by, ...model }: AdoptedModel & { by: Bringer }): Promise<readonly number[]> => {
  const { uid, taken, added } = await adoptRegisteredModel(tx, model)
  if (added !== undefined) await recordChange(tx, by.author, { entity: 'registered_model', uid, name: model.name, action: 'import', after: added, partOf: by.partOf })
  return taken
})

export const countTarget = read('transfer.countTarget', (tx, brought: Brought) => countBrought(tx, brought))

export const transferOperations = [beginImport, endImport, bringExperiment, bringLoggedModel, bringRun, bringPoints, finishRun, bringRegisteredModel, countTarget]
