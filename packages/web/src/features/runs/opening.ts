import { client, live, queries } from '../../app/server.ts'
import { byWhom, displayName } from '../../app/who.ts'
import { commentCountsKey } from '../comments/keys.ts'
import { experimentKey } from '../experiments/keys.ts'
import { viewsKey } from '../views/keys.ts'
import { columnId, isLogged, type Column } from './columns.ts'
import { readDrawing } from './drawing.ts'
import { toRows, windowRows, type GridRow, type Which } from './table/row-store.ts'
import { readTable } from './table/table-state.ts'
import { hasTree, whichRuns, wantsTree } from './which.ts'

/** Of more columns those in sight are asked for. */
export const mostColumns = 32
/** What a workspace reads is not read again within this time: the stream brings what changes. */
export const freshMs = 5000

export const keysKey = (ids: readonly string[]): readonly unknown[] => ['keys', ids]
export const drawnKey = (which: Which, first: number, fields: readonly Column[]): readonly unknown[] => ['drawn', which, first, fields.map(columnId)]
const firstKey = (ids: readonly string[]): readonly unknown[] => ['first window', ids]

/** The first window of a table, as it was when its page was opened. */
export interface FirstWindow {
  readonly which: Which
  readonly columns: readonly Column[]
  readonly rows: readonly GridRow[]
  readonly total: number
  readonly token: string | undefined
}

/** Taken by the first that asks: later it is old. */
export function takeFirstWindow(ids: readonly string[]): FirstWindow | undefined {
  const first = queries.getQueryData<FirstWindow>(firstKey(ids))
  queries.removeQueries({ queryKey: firstKey(ids), exact: true })
  return first
}

/** Whether a workspace has been read before. */
export const isAtHand = (ids: readonly string[]): boolean => queries.getQueryData(keysKey(ids)) !== undefined

/** Names of those who listen for what a workspace shows. */
const listenersOf = (ids: readonly string[]): string[] =>
  [...['table', 'runs', 'drawn', 'sparks', 'children', 'charts', 'views'].map((name) => `${name} ${ids.join()}`), ...ids.map((id) => `about ${id}`), `comment counts ${ids.join()}`]

const openings = new Map<string, Promise<void>>()

/**
 * Reads in one request what a workspace with this address shows first, and puts it where its parts look
 * for it. Asked for again meanwhile it is the same request. Where it fails the parts ask for themselves,
 * and say what is wrong.
 */
export function openWorkspace(ids: readonly string[], search: string): Promise<void> {
  const name = `${ids.join()} ${search}`
  const known = openings.get(name)
  if (known !== undefined) return known
  const opening = read(ids, new URLSearchParams(search)).catch(() => {}).finally(() => openings.delete(name))
  openings.set(name, opening)
  return opening
}

async function read(ids: readonly string[], query: URLSearchParams): Promise<void> {
  const [state, { first }] = [readTable(query), readDrawing(query)]
  const which = whichRuns(ids, state)
  const named = state.columns?.filter(isLogged)
  const chosen = named !== undefined && !state.every && named.length <= mostColumns ? named : undefined
  const answer = await client.runs.open({ ...which, tree: wantsTree(state), ...(chosen !== undefined && { columns: [...chosen] }), max_results: windowRows, drawn: first, ...byWhom() })
  const { experiments, keys, views, columns, rows, total, next_page_token, drawn_columns, drawn, drawn_total, panels, position } = answer
  if (position !== undefined) {
    // Before anybody has opened the stream; and where it is open, for those who come to it.
    live.startAt(position)
    live.readAt(position, listenersOf(ids))
  }
  for (const experiment of experiments) queries.setQueryData(experimentKey(experiment.experiment_id), experiment)
  queries.setQueryData(viewsKey(ids.join(), displayName()), views)
  if (ids.length === 1) queries.setQueryData(commentCountsKey(ids[0]!), new Map(panels.map(({ panel, count }) => [panel, count])))
  for (const fields of [drawn_columns, []]) queries.setQueryData(drawnKey(which, first, fields), { rows: toRows(drawn, fields), total: drawn_total })
  const window: FirstWindow = { which: { ...which, ...(wantsTree(state) && hasTree(keys) && { roots: true }) }, columns, rows: toRows(rows, columns), total, token: next_page_token }
  queries.setQueryData(firstKey(ids), window)
  queries.setQueryData(keysKey(ids), keys)
}
