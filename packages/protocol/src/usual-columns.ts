import type { TableColumn, TableKey } from './run-table.ts'

/**
 * Which of what was logged a table of runs shows when nobody has chosen: the server, that opens a page
 * with one answer, and the page choose the same.
 */
export interface LoggedKeys {
  readonly metrics: readonly TableKey[]
  readonly params: readonly TableKey[]
  readonly tags: readonly TableKey[]
}

const usualMetrics = 6
const usualParams = 6
/** What says most about a run comes first. */
const telling = /(^|[/_. -])(auc|acc|accuracy|f1|score|r2|loss|rmse|mae|mse|error)($|[/_. -])/i
const validation = /val|test|eval/i

/** The columns that tell runs apart: metrics that most have, the telling ones first, and params that are not the same in all. */
export function usualColumns({ metrics, params }: LoggedKeys): TableColumn[] {
  const rank = ({ key, runs }: TableKey): number => Math.min(runs, 200) + (telling.test(key) ? 100 : 0) + (validation.test(key) ? 50 : 0)
  const values = metrics.filter(({ key }) => !key.startsWith('system/')).toSorted((a, b) => rank(b) - rank(a) || (a.key < b.key ? -1 : 1)).slice(0, usualMetrics).map(({ key }): TableColumn => ({ kind: 'metric', key }))
  const choices = params.filter(({ varies, runs }) => varies === true || runs === 1).toSorted((a, b) => b.runs - a.runs || (a.key < b.key ? -1 : 1)).slice(0, usualParams).map(({ key }): TableColumn => ({ kind: 'param', key }))
  // The best of both first: there may be room for few.
  return [...values.slice(0, 2), ...choices.slice(0, 2), ...values.slice(2), ...choices.slice(2)]
}

const mostFields = 200
/** Of what MLflow's client says of every run, that by which people tell runs apart. */
const tellingTags: ReadonlySet<string> = new Set(['mlflow.user', 'mlflow.source.name', 'mlflow.source.git.branch', 'mlflow.source.git.commit', 'mlflow.parentRunId'])

/** Whether runs can be grouped by a tag. */
export const isTellingTag = (key: string): boolean => !key.startsWith('mlflow.') || tellingTags.has(key)

/** Params and tags that are not the same in all runs, by which lines can be grouped; of very many, those that `text` speaks of first. */
export function tellingFields({ params, tags }: LoggedKeys, text = ''): TableColumn[] {
  const all = [...params.map((one) => ({ kind: 'param' as const, ...one })), ...tags.filter(({ key }) => isTellingTag(key)).map((one) => ({ kind: 'tag' as const, ...one }))]
    .filter(({ varies }) => varies).map(({ kind, key }): TableColumn => ({ kind, key }))
  return all.length <= mostFields ? all : [...new Set([...all.filter(({ key }) => text.includes(key)), ...all])].slice(0, mostFields)
}
