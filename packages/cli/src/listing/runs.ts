import { searchRuns, type Run } from '@cairn/protocol'
import type { OptionSpec, Result } from '../framework/command.ts'
import { UsageError } from '../framework/errors.ts'
import { formatAge, formatDuration, formatNumber } from '../framework/format.ts'
import type { Io, Style } from '../framework/io.ts'
import { table, type Column } from '../framework/table.ts'
import { clientOptions, connect } from '../client/connection.ts'
import { limitOf, maxResults, moreNote, orderBy, view, views } from '../client/list-options.ts'
import { chosenExperiments, collect } from '../client/lookup.ts'

export const runListOptions = {
  experiment: { kind: 'list', short: 'e', value: 'ID|NAME', summary: 'Only runs of these experiments; without it MLFLOW_EXPERIMENT_ID or MLFLOW_EXPERIMENT_NAME, or all.' },
  columns: { kind: 'text', value: 'A,B', summary: 'Columns to show, for instance metrics.loss,params.depth,tags.team; without it the most common metrics.' },
  view,
  'order-by': orderBy,
  'max-results': maxResults,
  ...clientOptions,
} as const satisfies Record<string, OptionSpec>

interface Listing {
  readonly options: {
    readonly experiment: readonly string[]
    readonly columns: string | undefined
    readonly view: keyof typeof views
    readonly 'order-by': readonly string[]
    readonly 'max-results': number
    readonly 'tracking-uri': string
  }
  readonly io: Io
  readonly style: Style
}

export async function listRuns({ options, io, style }: Listing, filter: string | undefined): Promise<Result> {
  const columns = options.columns === undefined ? undefined : readColumns(options.columns)
  const connection = connect({ options, io })
  const experiments = await chosenExperiments(connection, options.experiment, io.env)
  const { items, more } = experiments.length === 0 ? { items: [], more: false } : await collect(limitOf(options['max-results']), 1000, async (max_results, page_token) => {
    const { runs, next_page_token } = await connection.call(searchRuns, {
      experiment_ids: experiments.map(({ experiment_id }) => experiment_id),
      max_results,
      run_view_type: views[options.view],
      ...(filter !== undefined && { filter }),
      ...(options['order-by'].length > 0 && { order_by: [...options['order-by']] }),
      ...(page_token !== undefined && { page_token }),
    })
    return { items: runs, next: next_page_token }
  })
  const names = new Map(experiments.map(({ experiment_id, name }) => [experiment_id, name]))
  const text = items.length === 0 ? 'No runs.' : runTable(items, { columns, experiments: names }, style, io.columns) + (more ? moreNote(items.length) : '')
  return { data: items, text }
}

export interface DataColumn {
  readonly kind: 'metrics' | 'params' | 'tags'
  readonly key: string
}

export function readColumns(text: string): DataColumn[] {
  return text.split(',').map((word) => word.trim()).filter((word) => word !== '').map((word) => {
    const match = /^(metrics?|params?|tags?)\.(.+)$/.exec(word)
    if (match === null) throw new UsageError(`"${word}" is no column.`, 'Columns are metrics.KEY, params.KEY or tags.KEY, with commas between them.')
    return { kind: `${match[1]!.replace(/s$/, '')}s` as DataColumn['kind'], key: match[2]! }
  })
}

const shownMetrics = 4

/** The metrics that most of the runs have, as columns for who named none. */
function commonMetrics(runs: readonly Run[]): DataColumn[] {
  const counts = new Map<string, number>()
  for (const { data } of runs) {
    for (const { key } of data.metrics ?? []) if (!key.startsWith('system/')) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return [...counts].toSorted(([a, many], [b, more]) => more - many || (a < b ? -1 : 1)).slice(0, shownMetrics).map(([key]) => ({ kind: 'metrics', key }))
}

interface TableOptions {
  readonly columns?: readonly DataColumn[] | undefined
  /** Names by id; a column shows them where there is more than one. */
  readonly experiments?: ReadonlyMap<string, string>
}

export function runTable(runs: readonly Run[], { columns, experiments }: TableOptions, style: Style, width: number | undefined): string {
  const now = Date.now()
  const several = new Set(runs.map(({ info }) => info.experiment_id)).size > 1
  const data = (columns ?? commonMetrics(runs)).map(({ kind, key }): Column<Run> => ({
    title: kind === 'metrics' ? key : `${kind.slice(0, -1)} ${key}`,
    align: kind === 'metrics' ? 'right' : 'left',
    value: (run) => valueOf(run, kind, key),
  }))
  const base: Column<Run>[] = [
    { title: 'RUN', value: ({ info }) => info.run_id, whole: true, paint: style.cyan },
    { title: 'NAME', value: ({ info }) => info.run_name },
    ...(several && experiments !== undefined ? [{ title: 'EXPERIMENT', value: ({ info }: Run) => experiments.get(info.experiment_id) ?? info.experiment_id }] : []),
    { title: 'STATUS', value: ({ info }) => info.status.toLowerCase(), paint: (text, { info }) => paintStatus(info.status, text, style) },
    { title: 'STARTED', value: ({ info }) => formatAge(Number(info.start_time), now), align: 'right' },
    { title: 'TOOK', value: ({ info }) => formatDuration((info.end_time === undefined || Number(info.end_time) === 0 ? now : Number(info.end_time)) - Number(info.start_time)), align: 'right' },
  ]
  return table(runs, [...base, ...data], style, width)
}

function valueOf({ data }: Run, kind: DataColumn['kind'], key: string): string | undefined {
  if (kind !== 'metrics') return data[kind]?.find((one) => one.key === key)?.value
  const metric = data.metrics?.find((one) => one.key === key)
  return metric === undefined ? undefined : formatNumber(Number(metric.value))
}

export function paintStatus(status: string, text: string, style: Style): string {
  const paint = ({ RUNNING: style.yellow, SCHEDULED: style.dim, FINISHED: style.green, FAILED: style.red, KILLED: style.red } as Record<string, typeof style.red>)[status]
  return paint === undefined ? text : paint(text)
}
