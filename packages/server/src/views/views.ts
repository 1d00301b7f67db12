import { CairnError, invalid, notFound, type RequestOf, type View } from '@cairn/protocol'
import type * as api from '@cairn/protocol'
import { recordChange, type Author as Auditor } from '../audit/index.ts'
import { findExperiments } from '../experiments/index.ts'
import { read, write, type AnyOperation, type Reader, type Writer } from '../platform/db/index.ts'
import { clearDefault, countViews, forgetDeleted, insertView, sameName, selectView, selectViews, updateViewRow, type ViewRow } from './views-store.ts'

const longest = { name: 200, state: 50_000 } as const
const mostExperiments = 100
const mostOfExperiment = 500
/** How long a deleted view can be brought back. */
const keptDeletedMs = 30 * 86_400_000

export interface Author {
  readonly name: string
  readonly now: number
  readonly workspace: Auditor['workspace']
}
type Authored<E> = Omit<RequestOf<E>, 'by'> & { readonly author: Author }
export interface Held { view: View }

export const toView = ({ view_id, experiments, shared, is_default, creation_time, last_updated_time, name, state, created_by, updated_by }: ViewRow): View => ({
  view_id: String(view_id), experiment_ids: experiments.split(','), name, state, shared: shared === 1, is_default: is_default === 1, created_by, updated_by,
  creation_timestamp: creation_time, last_updated_timestamp: last_updated_time,
})

/** Ids as the table holds them: numbers in ascending order, each once. */
export function experimentsKey(ids: readonly string[]): string {
  const wrong = ids.find((id) => !/^\d{1,19}$/.test(id))
  if (wrong !== undefined) throw invalid(`'${wrong.slice(0, 40)}' is no id of an experiment: it must be a number.`)
  const numbers = [...new Set(ids.map(BigInt))].toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  if (numbers.length === 0 || numbers.length > mostExperiments) throw invalid(`A view belongs to 1 to ${mostExperiments} experiments, got ${numbers.length}.`)
  return numbers.join(',')
}

/** What the audit trail tells of a view: not how the page looks in it, which nobody reads there. */
const record = (tx: Writer, { name, now, workspace }: Author, view: ViewRow, action: string, before?: ViewRow): Promise<number> => {
  const shown = (row: ViewRow) => ({ name: row.name, shared: row.shared === 1, is_default: row.is_default === 1 })
  return recordChange(tx, { principal: name, now, workspace }, {
    entity: 'view', uid: `view:${view.view_id}`, name: String(view.view_id), action, item: view.experiments, ...(before !== undefined && { before: shown(before) }),
    ...(action !== 'delete' && { after: { ...shown(view), ...(before !== undefined && before.state !== view.state && { state_changed: true }) } }),
  })
}

const viewNumber = (id: string): number => (/^\d{1,15}$/.test(id) ? Number(id) : -1)
const noView = (id: string): CairnError => notFound(`There is no view ${id.slice(0, 40)}. It may have been deleted.`)

async function requireView(tx: Reader, id: string): Promise<ViewRow> {
  const row = await selectView(tx, viewNumber(id))
  if (row === undefined) throw noView(id)
  return row
}

function checkName(name: string): string {
  const clean = name.trim()
  if (clean === '' || clean.length > longest.name) throw invalid(`The name of a view has 1 to ${longest.name} characters.`)
  return clean
}

/** Without what stands before it, so that equal states are equal text. */
function checkState(state: string): string {
  const clean = state.replace(/^\?/, '')
  if (clean.length > longest.state) throw invalid(`The state of a view has at most ${longest.state} characters, got ${clean.length}.`)
  return clean
}

async function checkFree(tx: Writer, row: Pick<ViewRow, 'experiments' | 'name' | 'shared' | 'created_by'>, but: number): Promise<void> {
  if (await sameName(tx, row, but) === undefined) return
  throw new CairnError('RESOURCE_ALREADY_EXISTS', `There is a view '${row.name}' already. Choose another name, or replace that one.`)
}

export const createView = write('views.create', async (tx, input: Authored<typeof api.createView>): Promise<Held> => {
  const { author: { name: who, now } } = input
  const experiments = experimentsKey(input.experiment_ids)
  const ids = experiments.split(',')
  const found = await findExperiments(tx, ids.map(Number))
  const missing = ids.find((id) => !found.has(Number(id)))
  if (missing !== undefined) throw notFound(`No Experiment with id=${missing} exists`)
  const shared = input.shared === true || input.is_default === true ? 1 : 0
  const row = {
    experiments, name: checkName(input.name), state: checkState(input.state ?? ''), shared, is_default: input.is_default === true ? 1 : 0,
    created_by: who, updated_by: who, creation_time: now, last_updated_time: now,
  }
  await checkFree(tx, row, -1)
  if (await countViews(tx, experiments) >= mostOfExperiment) throw invalid(`There are ${mostOfExperiment} views of this already. Delete some first.`)
  const view_id = await insertView(tx, row)
  await record(tx, input.author, { ...row, view_id, deleted_time: null }, 'create')
  if (row.is_default === 1) await clearDefault(tx, experiments, view_id)
  return { view: toView({ ...row, view_id, deleted_time: null }) }
})

export const updateView = write('views.update', async (tx, input: Authored<typeof api.updateView>): Promise<Held> => {
  const { author: { name: who, now } } = input
  const old = await requireView(tx, input.view_id)
  if (old.deleted_time !== null && input.deleted !== false) throw noView(input.view_id)
  const isDefault = input.is_default ?? (old.is_default === 1 && input.shared !== false)
  const row: ViewRow = {
    ...old, name: input.name === undefined ? old.name : checkName(input.name), state: input.state === undefined ? old.state : checkState(input.state),
    shared: isDefault || (input.shared ?? old.shared === 1) ? 1 : 0, is_default: isDefault ? 1 : 0, deleted_time: input.deleted === true ? now : null,
    updated_by: who, last_updated_time: now,
  }
  await checkFree(tx, row, row.view_id)
  await updateViewRow(tx, row)
  await record(tx, input.author, row, old.deleted_time !== null ? 'restore' : row.deleted_time !== null ? 'delete' : 'update', old)
  if (isDefault) await clearDefault(tx, row.experiments, row.view_id)
  return { view: toView(row) }
})

export const deleteView = write('views.delete', async (tx, { view_id, author }: Authored<typeof api.deleteView>): Promise<Held> => {
  const { name, now } = author
  const row = await requireView(tx, view_id)
  if (row.deleted_time !== null) throw noView(view_id)
  await forgetDeleted(tx, now - keptDeletedMs)
  await updateViewRow(tx, { ...row, deleted_time: now, updated_by: name, last_updated_time: now })
  await record(tx, author, row, 'delete', row)
  return { view: toView(row) }
})

export const getView = read('views.get', async (tx, { view_id }: { view_id: string }): Promise<Held> => {
  const row = await requireView(tx, view_id)
  if (row.deleted_time !== null) throw noView(view_id)
  return { view: toView(row) }
})

export interface ListRequest extends Omit<RequestOf<typeof api.listViews>, 'by'> {
  readonly owner: string
  readonly after?: { readonly name: string; readonly id: number } | undefined
  readonly limit: number
}

export const listViews = read('views.list', async (tx, { experiment_ids = [], name, owner, after, limit }: ListRequest): Promise<View[]> => {
  const rows = await selectViews(tx, { experiments: experiment_ids.length === 0 ? undefined : experimentsKey(experiment_ids), name: name || undefined, owner, after, limit })
  return rows.map(toView)
})

/** What the rights to a view depend on, deleted or not; undefined where there is none. */
export const viewFacts = read('views.facts', async (tx, { view_id }: { view_id: string }): Promise<Pick<View, 'experiment_ids' | 'shared' | 'created_by'> | undefined> => {
  const row = await selectView(tx, viewNumber(view_id))
  return row && toView(row)
})

export const viewOperations: AnyOperation[] = [createView, updateView, deleteView, getView, listViews, viewFacts]
