import { href, parsePlace } from '../../app/router.ts'
import { client, queries } from '../../app/server.ts'
import { allColumns, type Column, type Keys } from '../runs/columns.ts'
import { chosenColumns, movedColumn } from '../runs/table/column-choice.ts'
import { readTable, writeTable } from '../runs/table/table-state.ts'
import type { Finding } from './finding.ts'
import { words } from './words.ts'

/** Experiments whose keys are looked through where the page is of none: those that changed last. */
const mostExperiments = 5
const most = 6

/** The address of a workspace with a key as a column, before the others. */
export function withColumn(base: string, search: string, keys: Keys, column: Column): string {
  const query = new URLSearchParams(search)
  const state = readTable(query)
  writeTable({ ...state, ...movedColumn(state, chosenColumns(state, keys), column, 0) }, query)
  if (query.get('view') === 'charts') query.set('view', 'both')
  return `${base}?${query.toString()}`
}

/** The address of a workspace with the chart of a metric, and no other. */
export function withChart(base: string, search: string, metric: string): string {
  const query = new URLSearchParams(search)
  query.set('find', `^${metric.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)}$`)
  if (query.get('view') !== 'both') query.set('view', 'charts')
  return `${base}?${query.toString()}`
}

/** Keys that hold the text, those that begin with it first. */
export function keysLike(keys: Keys, text: string): Column[] {
  const wanted = text.toLowerCase()
  const rank = ({ key }: Column): number => (key.toLowerCase() === wanted ? 0 : key.toLowerCase().startsWith(wanted) ? 1 : 2)
  return allColumns(keys).filter(({ kind, key }) => key.toLowerCase().includes(wanted) && !(kind === 'tag' && key.startsWith('mlflow.'))).sort((a, b) => rank(a) - rank(b)).slice(0, most)
}

const keysOf = (ids: readonly string[]): Promise<Keys> =>
  queries.fetchQuery({ queryKey: ['keys', ids], staleTime: 30_000, queryFn: ({ signal }) => client.runs.keys([...ids], { signal }) })

/** Where the keys are looked for: in the experiments of the page, of its run, or in those that changed last. */
async function workspaces(recent: () => Promise<readonly string[]>): Promise<readonly { readonly ids: readonly string[]; readonly search: string; readonly name: string }[]> {
  const place = parsePlace(location)
  if (place.page === 'experiment') return [{ ids: place.ids, search: location.search, name: '' }]
  if (place.page === 'run') {
    const { info } = await queries.fetchQuery({ queryKey: ['run of keys', place.id], staleTime: Infinity, queryFn: () => client.runs.get(place.id) })
    return [{ ids: [info.experiment_id], search: '', name: '' }]
  }
  return Promise.all((await recent()).slice(0, mostExperiments).map(async (id) => ({
    ids: [id], search: '', name: (await queries.fetchQuery({ queryKey: ['experiment', id], staleTime: 30_000, queryFn: () => client.experiments.get(id) })).name,
  })))
}

/** What was logged under a name that holds the text: a metric leads to its chart, everything to its column. */
export async function findKeys(text: string, recent: () => Promise<readonly string[]>): Promise<Finding[]> {
  if (text.length < 2) return []
  const found = await Promise.all((await workspaces(recent)).map(async ({ ids, search, name }) => {
    const keys = await keysOf(ids)
    const base = href.experiment(ids.join(','))
    return keysLike(keys, text).flatMap((column): Finding[] => {
      const of = name === '' ? '' : ` · ${name}`
      const id = `${column.kind} ${ids.join()} ${column.key}`
      return [
        ...(column.kind === 'metric' ? [{ id: `chart ${id}`, kind: 'key' as const, label: column.key, note: words.chartOf + of, href: withChart(base, search, column.key) }] : []),
        { id: `column ${id}`, kind: 'key', label: column.key, note: words.columnOf(column.kind) + of, href: withColumn(base, search, keys, column) },
      ]
    })
  }))
  return found.flat().slice(0, 2 * most)
}
