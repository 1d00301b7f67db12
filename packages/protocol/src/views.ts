import { endpoint } from './endpoint.ts'
import { answer, Bool, Empty, Int32, Int64, List, message, Str, type Static } from './schema.ts'

/** How somebody looked at the runs of an experiment, or of several, kept under a name. */
export const View = answer({
  /** Stays through renames, so that links to it do too. */
  view_id: Str,
  /** Whose runs it shows, in ascending order. */
  experiment_ids: List(Str),
  name: Str,
  /** The query of the page's address, with its short keys: `q=metrics.auc+%3E+0.8&sort=metrics.auc+DESC&view=charts`. */
  state: Str,
  /** Whether everybody sees it who may see the experiments; otherwise only who made it. */
  shared: Bool,
  /** Whether the experiment opens with it. */
  is_default: Bool,
  created_by: Str,
  updated_by: Str,
  /** Milliseconds since the epoch. */
  creation_timestamp: Int64,
  last_updated_timestamp: Int64,
})
export type View = Static<typeof View>

const group = 'views'
const api = 'cairn'
const held = answer({ view: View })
/** Who asks, on a server without accounts: the name that the browser keeps. With accounts it counts for nothing. */
const by = { by: Str }

export const createView = endpoint({
  name: 'createView', method: 'POST', api, path: '/views', group,
  summary: 'Keeps a view of one experiment or several: shared (needs EDIT on them) or one\'s own. A default is the one that the experiment opens with, and always shared.',
  request: message({ experiment_ids: List(Str), name: Str }, { state: Str, shared: Bool, is_default: Bool, ...by }),
  response: held,
})

export const listViews = endpoint({
  name: 'listViews', method: 'GET', api, path: '/views', group,
  summary: 'Views by name: of exactly these experiments, or of all; shared ones and the caller\'s own; max_results 1 to 500, default 200.',
  request: message({}, { experiment_ids: List(Str), /** Part of the name, whatever the case. */ name: Str, max_results: Int32, ...by }),
  response: answer({ views: List(View) }),
})

export const getView = endpoint({
  name: 'getView', method: 'GET', api, path: '/views/{view_id}', group,
  summary: 'One view, for whoever has its link and may see its experiments.',
  request: message({ view_id: Str }, by),
  response: held,
})

export const updateView = endpoint({
  name: 'updateView', method: 'PATCH', api, path: '/views/{view_id}', group,
  summary: 'Renames a view, replaces its state, shares it, makes it the default, or brings a deleted one back (deleted: false). What is not given stays.',
  request: message({ view_id: Str }, { name: Str, state: Str, shared: Bool, is_default: Bool, deleted: Bool, ...by }),
  response: held,
})

export const deleteView = endpoint({
  name: 'deleteView', method: 'DELETE', api, path: '/views/{view_id}', group,
  summary: 'Deletes a view. It can be brought back for 30 days.',
  request: message({ view_id: Str }, by),
  response: Empty,
})

export const viewEndpoints = [createView, listViews, getView, updateView, deleteView] as const
