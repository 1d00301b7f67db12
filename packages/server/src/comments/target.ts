import { invalid } from '@cairn/protocol'
import { experimentOf } from '../experiments/index.ts'
import type { Reader } from '../platform/db/index.ts'
import { requireVersion, selectModelByUid } from '../registry/index.ts'
import { findRun, runNotFound } from '../runs/index.ts'

/** What a request says of the thing that is commented. */
export interface Named {
  /** In which a model of this name is looked for. */
  readonly workspace: number
  readonly run_id?: string | undefined
  readonly experiment_id?: string | undefined
  readonly panel?: string | undefined
  readonly name?: string | undefined
  readonly version?: string | undefined
}

/** What is commented, as everybody names it now: a model may have been renamed. */
export type Target =
  | { readonly run_id: string; readonly panel?: string }
  | { readonly experiment_id: string; readonly panel: string }
  | { readonly name: string; readonly version: string }

const longestPanel = 500

/** A title as a request names it. */
function checkPanel(panel: string | undefined): string {
  if (!panel || panel.length > longestPanel) throw invalid(`A panel is named by its title, of 1 to ${longestPanel} characters.`)
  return panel
}

/** How the table names it. Refuses what is not there. */
export async function targetOf(tx: Reader, { workspace, run_id, experiment_id, panel, name, version }: Named): Promise<string> {
  const said = [run_id, experiment_id, name].filter(Boolean)
  if (said.length !== 1) throw invalid('Say what is commented: run_id, or experiment_id and panel, or name and version.')
  if (run_id) {
    if (await findRun(tx, run_id) === undefined) throw runNotFound(run_id)
    return panel === undefined || panel === '' ? `run ${run_id}` : `run-panel ${run_id} ${checkPanel(panel)}`
  }
  if (experiment_id) {
    const title = checkPanel(panel)
    return `panel ${(await experimentOf(tx, experiment_id)).id} ${title}`
  }
  if (!version) throw invalid('A version of a model is named by name and version.')
  const { model, row } = await requireVersion(tx, { workspace, name: name! }, version)
  return `version ${model.uid} ${row.version}`
}

/** The workspace of the model whose version a name of the table stands for; undefined for the others, which their experiment places. */
export async function placeOf(tx: Reader, target: string): Promise<number | undefined> {
  const [kind, uid] = target.split(' ', 2)
  return kind === 'version' ? (await selectModelByUid(tx, uid!))?.workspace_id : undefined
}

/** What the table's name stands for; undefined where the model is gone. */
export async function namedBy(tx: Reader, target: string): Promise<Target | undefined> {
  const [kind, id, rest] = /^(\S+) (\S+)(?: ([\s\S]*))?$/.exec(target)!.slice(1)
  if (kind === 'run') return { run_id: id! }
  if (kind === 'run-panel') return { run_id: id!, panel: rest! }
  if (kind === 'panel') return { experiment_id: id!, panel: rest! }
  const model = await selectModelByUid(tx, id!)
  return model && { name: model.name, version: rest! }
}
