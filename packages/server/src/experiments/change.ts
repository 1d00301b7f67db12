import { CairnError, invalid, overviewLimits, type ExperimentChange } from '@cairn/protocol'
import type { Author } from '../audit/index.ts'
import type { Writer } from '../platform/db/index.ts'
import * as rules from './experiments.ts'
import * as store from './experiments-store.ts'
import type { ExperimentRow } from './experiments-store.ts'

export interface ChangeInput {
  readonly changes: readonly ExperimentChange[]
  readonly author: Author
}

/** What live pages hear of one experiment. */
export interface Told {
  readonly experiment_id: string
  readonly change: string
  readonly name?: string
  readonly key?: string
  readonly value?: string
}

export interface Changes {
  readonly changed: number
  /** What takes the changes back. */
  readonly undo: ExperimentChange[]
  readonly told: Told[]
}

type Undo = { -readonly [K in keyof ExperimentChange]: ExperimentChange[K] }

/**
 * Changes many experiments, or none of them. Each is brought back first and archived last, because what
 * is archived cannot be renamed or tagged.
 */
export async function changeExperiments(tx: Writer, { changes, author }: ChangeInput, setRuns: rules.SetLifecycleOfRuns): Promise<Changes> {
  if (changes.length > overviewLimits.changes) throw invalid(`At most ${overviewLimits.changes} experiments can be changed at once. Got ${changes.length}. Please split up the request.`)
  const rows = new Map<string, ExperimentRow>()
  for (const { experiment_id } of changes) {
    const row = await rules.experimentOf(tx, experiment_id)
    if (rows.has(String(row.id))) throw invalid(`The experiment ${row.id} is named twice. Put what is to become of it into one change.`)
    rows.set(String(row.id), row)
  }
  const undo = new Map<string, Undo>([...rows.keys()].map((id) => [id, { experiment_id: id }]))
  const told: Told[] = []
  const ofAll = changes.map((change, index) => ({ change, row: [...rows.values()][index]! }))

  const move = async (row: ExperimentRow, stage: 'active' | 'deleted'): Promise<void> => {
    await rules.setExperimentStage(tx, String(row.id), stage, author, setRuns)
    undo.get(String(row.id))!.stage = stage === 'active' ? 'deleted' : 'active'
    told.push({ experiment_id: String(row.id), change: stage === 'active' ? 'restored' : 'deleted' })
  }
  for (const { change, row } of ofAll) if (change.stage === 'active' && row.lifecycle_stage !== 'active') await move(row, 'active')

  const renamed = ofAll.filter(({ change, row }) => change.name !== undefined && change.name !== row.name)
  await makeRoom(tx, renamed.map(({ change, row }) => ({ row, name: change.name! })), author)
  for (const { change, row } of renamed) {
    const name = change.name!
    rules.checkName(name)
    await rules.renameExperiment(tx, String(row.id), name, author, row.name)
    undo.get(String(row.id))!.name = row.name
    told.push({ experiment_id: String(row.id), change: 'renamed', name })
  }
  for (const { change, row } of ofAll) await retag(tx, row, change, { author, undo: undo.get(String(row.id))!, told })
  for (const { change, row } of ofAll) if (change.stage === 'deleted' && row.lifecycle_stage !== 'deleted') await move(row, 'deleted')

  const done = [...undo.values()].filter((one) => Object.keys(one).length > 1)
  return { changed: done.length, undo: done, told }
}

/** Experiments that take each other's names step aside first. */
async function makeRoom(tx: Writer, renamed: readonly { readonly row: ExperimentRow; readonly name: string }[], author: Author): Promise<void> {
  const wanted = new Set<string>()
  for (const { name } of renamed) {
    if (wanted.has(name)) throw new CairnError('BAD_REQUEST', `Two of the experiments would be called ${name}.`)
    wanted.add(name)
  }
  for (const { row } of renamed) if (wanted.has(row.name)) await store.renameExperiment(tx, row.id, `cairn:moving:${row.id}`, author.now)
}

async function retag(tx: Writer, { id }: ExperimentRow, { set_tags = [], delete_tags = [] }: ExperimentChange, { author, undo, told }: { author: Author; undo: Undo; told: Told[] }): Promise<void> {
  const experiment_id = String(id)
  const back: { key: string; value?: string }[] = []
  const gone: string[] = []
  for (const { key, value = '' } of set_tags) {
    const before = await store.findTag(tx, id, key)
    if (before?.value === value) continue
    await rules.setExperimentTag(tx, experiment_id, { key, value }, author)
    if (before === undefined) gone.push(key)
    else back.push({ key, value: before.value })
    told.push({ experiment_id, change: 'tag-set', key, value })
  }
  for (const key of delete_tags) {
    const before = await store.findTag(tx, id, key)
    if (before === undefined) continue
    await rules.deleteExperimentTag(tx, experiment_id, key, author)
    back.push({ key, value: before.value })
    told.push({ experiment_id, change: 'tag-deleted', key })
  }
  if (back.length > 0) undo.set_tags = back
  if (gone.length > 0) undo.delete_tags = gone
}
