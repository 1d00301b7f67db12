import { tableLimits, type GroupPath } from '@cairn/protocol'
import { columnId, readAnyColumn, readColumn, type AnyColumn, type Column } from '../columns.ts'

export const stages = ['active', 'archived', 'deleted'] as const
/** Active ones, active ones with the archived, or the deleted. */
export type Stage = (typeof stages)[number]

export const extremeKinds = ['min', 'max'] as const
export type Extreme = (typeof extremeKinds)[number]

/** Everything that a reader has chosen on a table of runs; all of it stands in the address. */
export interface TableState {
  readonly filter: string
  /** As in MLflow's `order_by`, most significant first: `metrics.auc DESC`. */
  readonly sort: readonly string[]
  /** In their order. Undefined: those that the data suggests; what every run has stands where it usually does unless it is among them. */
  readonly columns: readonly AnyColumn[] | undefined
  /** All columns are shown, those of `columns` first. */
  readonly every: boolean
  /** Not shown, by id: of what every run has, and of all that was logged where all is shown. */
  readonly hiddenColumns: readonly string[]
  /** Columns that stay at the left, by id. */
  readonly pinnedColumns: readonly string[]
  /** Widths in pixels that were changed, by id. */
  readonly widths: ReadonlyMap<string, number>
  readonly stage: Stage
  /** Whether children stand below their parents; undefined: where there are any and nothing is looked for. */
  readonly tree: boolean | undefined
  /** Grouped by these params and tags, each within the one before. */
  readonly groups: readonly Column[]
  /** The one group whose runs are shown, by its value and those of the groups around it; empty: all. */
  readonly members: GroupPath
  /** Whether the groups within groups are shown. */
  readonly unfolded: boolean
  /** Groups with which it is the other way round. */
  readonly turned: readonly GroupPath[]
  /** Only columns whose values differ, of the runs that are selected or of all. */
  readonly differing: boolean
  readonly baseline: string
  /** Metrics that are shown as small curves too, by id of their column; undefined: the first one. */
  readonly curves: readonly string[] | undefined
  /** Metrics of which the least or the greatest of all their points is shown in place of the last, by id of their column. */
  readonly extremes: ReadonlyMap<string, Extreme>
  /** Runs that stay at the top. */
  readonly pinnedRuns: readonly string[]
}

/** Runs that can be kept on top. */
export const mostPinned = 10

export const noChoice: TableState = {
  filter: '', sort: [], columns: undefined, every: false, hiddenColumns: [], pinnedColumns: [], widths: new Map(), stage: 'active', tree: undefined, groups: [], members: [], unfolded: false, turned: [], differing: false, baseline: '', curves: undefined, extremes: new Map(), pinnedRuns: [],
}

/** Whoever groups otherwise begins with all groups, and none of them open. */
export const ungrouped: Pick<TableState, 'groups' | 'members' | 'unfolded' | 'turned'> = { groups: [], members: [], unfolded: false, turned: [] }

/** Whether groups are shown rather than runs, be it those of one group. */
export const isGrouped = ({ groups, members }: Pick<TableState, 'groups' | 'members'>): boolean => groups.length > 0 && members.length === 0

const names = ['q', 'sort', 'col', 'every', 'nocol', 'keep', 'w', 'show', 'tree', 'by', 'in', 'without', 'unfold', 'open', 'shut', 'diff', 'base', 'curve', 'best', 'pin'] as const

/** Reads the query of an address. What it does not understand counts as not said. */
export function readTable(query: URLSearchParams): TableState {
  const columns = query.getAll('col').flatMap((id) => readAnyColumn(id) ?? [])
  const widths = query.getAll('w').flatMap((text): [string, number][] => {
    const match = /^(\d{2,4}):([\s\S]+)$/.exec(text)
    return match === null ? [] : [[match[2]!, Math.max(40, Math.min(1200, Number(match[1])))]]
  })
  const tree = query.get('tree')
  return {
    filter: query.get('q') ?? '', sort: query.getAll('sort').filter((text) => text !== ''),
    columns: query.has('col') ? columns : undefined, every: query.get('every') === '1', hiddenColumns: query.getAll('nocol'), pinnedColumns: query.getAll('keep'), widths: new Map(widths),
    stage: stages.find((stage) => stage === query.get('show')) ?? 'active', tree: tree === '1' ? true : tree === '0' ? false : undefined,
    ...readGroups(query),
    differing: query.get('diff') === '1', baseline: query.get('base') ?? '', curves: query.has('curve') ? query.getAll('curve').filter((id) => id !== '') : undefined, extremes: readExtremes(query.getAll('best')), pinnedRuns: (query.get('pin') ?? '').split(',').filter((id) => id !== ''),
  }
}

/** `by=params.model&by=params.depth&in=rf&in=&without=2`: the runs of model rf that have no depth; `open=["rf"]` is a group whose parts are shown. */
function readGroups(query: URLSearchParams): Pick<TableState, 'groups' | 'members' | 'unfolded' | 'turned'> {
  const ids = new Set(query.getAll('by').filter((id) => ['param', 'tag'].includes(readColumn(id)?.kind ?? '')))
  const groups = [...ids].slice(0, tableLimits.levels).map((id) => readColumn(id)!)
  const values = query.getAll('in')
  const without = query.getAll('without').map(Number)
  const members = Array.from({ length: Math.min(groups.length, Math.max(values.length, ...without.filter((place) => place > 0))) }, (_, at) => (without.includes(at + 1) ? null : values[at] ?? ''))
  const unfolded = groups.length > 1 && query.get('unfold') === '1'
  return { groups, members, unfolded, turned: groups.length > 1 ? query.getAll(unfolded ? 'shut' : 'open').flatMap(readPath) : [] }
}

function readPath(text: string): GroupPath[] {
  try {
    const path: unknown = JSON.parse(text)
    return Array.isArray(path) && path.every((value) => value === null || typeof value === 'string') ? [path as GroupPath] : []
  } catch {
    return []
  }
}

/** `max:metrics.auc` */
const readExtremes = (texts: readonly string[]): ReadonlyMap<string, Extreme> => new Map(texts.flatMap((text): [string, Extreme][] => {
  const kind = extremeKinds.find((one) => text.startsWith(`${one}:metrics.`))
  return kind === undefined ? [] : [[text.slice(kind.length + 1), kind]]
}))

/** Writes it into a query beside whatever else stands there; what is as usual is left out. */
export function writeTable(state: TableState, query: URLSearchParams): void {
  for (const name of names) query.delete(name)
  const set = (name: (typeof names)[number], text: string): void => { if (text !== '') query.set(name, text) }
  set('q', state.filter)
  for (const one of state.sort) query.append('sort', one)
  if (state.columns !== undefined) {
    for (const column of state.columns) query.append('col', columnId(column))
    // None at all is a choice too.
    if (state.columns.length === 0) query.append('col', '')
  }
  set('every', state.every ? '1' : '')
  for (const id of state.hiddenColumns) if (state.every || readColumn(id) === undefined) query.append('nocol', id)
  for (const id of state.pinnedColumns) query.append('keep', id)
  for (const [id, width] of state.widths) query.append('w', `${Math.round(width)}:${id}`)
  set('show', state.stage === 'active' ? '' : state.stage)
  set('tree', state.tree === undefined ? '' : state.tree ? '1' : '0')
  for (const column of state.groups) query.append('by', columnId(column))
  for (const [at, value] of state.members.entries()) {
    query.append('in', value ?? '')
    if (value === null) query.append('without', String(at + 1))
  }
  set('unfold', state.unfolded ? '1' : '')
  for (const path of state.turned) query.append(state.unfolded ? 'shut' : 'open', JSON.stringify(path))
  set('diff', state.differing ? '1' : '')
  set('base', state.baseline)
  for (const id of state.curves ?? []) query.append('curve', id)
  if (state.curves?.length === 0) query.append('curve', '')
  for (const [id, extreme] of state.extremes) query.append('best', `${extreme}:${id}`)
  set('pin', state.pinnedRuns.join(','))
}

/** The order when a heading is pressed: this key alone, or besides the others; first down, then up, then no more. */
export function nextSort(sort: readonly string[], key: string, besides: boolean): string[] {
  const at = sort.findIndex((one) => one === `${key} DESC` || one === `${key} ASC`)
  const next = at < 0 ? `${key} DESC` : sort[at] === `${key} DESC` ? `${key} ASC` : undefined
  if (!besides) return next === undefined ? [] : [next]
  return at < 0 ? [...sort, next!] : next === undefined ? sort.toSpliced(at, 1) : sort.toSpliced(at, 1, next)
}
