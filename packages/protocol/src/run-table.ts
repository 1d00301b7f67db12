import { endpoint } from './endpoint.ts'
import { Experiment, ViewType } from './experiments.ts'
import { Run, RunStatus } from './runs.ts'
import { answer, Any, Bool, Double, Enum, Int32, Int64, List, message, Str, type Static } from './schema.ts'
import { View } from './views.ts'

/**
 * Runs as a table wants them: any window of any length of result, only the columns that are shown,
 * and how many there are. MLflow's own search answers whole runs from the first page on.
 */

export const columnKinds = ['metric', 'param', 'tag'] as const
export type ColumnKind = (typeof columnKinds)[number]

/** What a cell shows: the latest value of a metric, a param or a tag. */
export const TableColumn = message({ kind: Enum(columnKinds), key: Str }, {
  /** Of a metric the lowest or the highest of all its finite points instead. */
  of: Enum(['min', 'max']),
})
export type TableColumn = Static<typeof TableColumn>

/** Runs with this value of a param or tag, or without it where `value` is absent. */
export const GroupMember = message({ kind: Enum(['param', 'tag']), key: Str }, { value: Str })

export const TableRow = answer({
  run_id: Str, run_name: Str, experiment_id: Str, user_id: Str, status: RunStatus,
  /** Milliseconds since the epoch. */
  start_time: Int64,
  /** Runs that name this one as their parent. */
  children: Int32,
  /**
   * As many as there are columns, in their order: a number, or `"NaN"`, `"Infinity"` or `"-Infinity"`, for metrics, a text for the others, null for
   * what the run does not have. Texts are cut after 200 characters (and end in `…`) unless `whole` was asked for.
   */
  values: List(Any),
}, {
  end_time: Int64,
  /** Of a run that is running: the step of each metric among `values`, null elsewhere; so that a live point is known to be later. */
  steps: List(Any),
  /** Only there when true. */
  deleted: Bool, archived: Bool,
  parent_run_id: Str,
})
export type TableRow = Static<typeof TableRow>

/** Which runs: by experiment, MLflow's filter, stage, and their place in trees and groups. */
const which = {
  filter: Str,
  run_view_type: ViewType,
  /** Runs with the tag `cairn.archived` too; default false. */
  archived: Bool,
  /** Only runs whose parent is not among the active runs of their experiment. */
  roots: Bool,
  /** Only children of this run. */
  parent_run_id: Str,
  member_of: GroupMember,
  /** The same of several: of all of them. */
  members_of: List(GroupMember),
}

export const tableLimits = { rows: 1000, columns: 400, groups: 500, levels: 4, ids: 1000, keys: 20_000 } as const
export const archivedTag = 'cairn.archived'

const api = 'cairn'
const group = 'runs'

export const listTableRows = endpoint({
  name: 'listTableRows', method: 'POST', api, path: '/runs/table', group,
  summary: 'A window of a table of runs: only the columns asked for, from any offset, with the true number of runs.',
  request: message({ experiment_ids: List(Str) }, {
    ...which,
    /** As in MLflow's search; several, most significant first. The first may be `max(metrics.KEY)` or `min(metrics.KEY)`, with ASC or DESC: the highest or lowest of all finite points, of up to 20,000 runs. */
    order_by: List(Str),
    columns: List(TableColumn),
    /** Rows to leave out; with `page_token` those that came before it. Default 0. */
    offset: Int32,
    /** Rows of the window, 1 to 1,000; default 100. */
    max_results: Int32,
    /** From the window before this one: then a window costs the same wherever it lies. */
    page_token: Str,
    /** Whether to say the number of runs; default true. */
    count: Bool,
    /** Texts of any length as they are; default false. */
    whole: Bool,
  }),
  response: answer({ rows: List(TableRow) }, { total: Int32, next_page_token: Str }),
})

/** A name that something was logged under. */
const TableKey = answer({
  key: Str,
  /** Runs that have it, counted up to 200; deleted ones too. */
  runs: Int32,
}, {
  /** Of params and tags, and of metrics where that was asked: whether two runs have different values. */
  varies: Bool,
  /** Of params and tags: one of the values, cut after 200 characters. */
  sample: Str,
})
export type TableKey = Static<typeof TableKey>

const TableKeys = answer({ metrics: List(TableKey), params: List(TableKey), tags: List(TableKey) })
export type TableKeys = Static<typeof TableKeys>

export const listTableKeys = endpoint({
  name: 'listTableKeys', method: 'POST', api, path: '/runs/keys', group,
  summary: 'The metrics, params and tags of experiments by name, with how many runs have each and whether its values differ.',
  request: message({ experiment_ids: List(Str) }, {
    /** Whether to say of metrics too whether their last values differ; default false. */
    metric_values: Bool,
  }),
  response: TableKeys,
})

export const openRunTable = endpoint({
  name: 'openRunTable', method: 'POST', api, path: '/runs/open', group,
  summary: 'What a page of runs begins with, in one answer: its experiments, their keys and views, the first window of the table, and the first runs with what tells them apart.',
  request: message({ experiment_ids: List(Str) }, {
    ...which,
    order_by: List(Str),
    /** Where runs have parents, only those at the top; default false. */
    tree: Bool,
    /** Default: those that `usualColumns` chooses. */
    columns: List(TableColumn),
    /** Rows of the window, 1 to 1,000; default 100. */
    max_results: Int32,
    /** So many of the first runs, whatever their parents, with the params and tags that `tellingFields` chooses; default none. */
    drawn: Int32,
    /** As in `listViews`. */
    by: Str,
  }),
  response: answer({
    experiments: List(Experiment), keys: TableKeys, views: List(View),
    columns: List(TableColumn), rows: List(TableRow), total: Int32,
    drawn_columns: List(TableColumn), drawn: List(TableRow), drawn_total: Int32,
    /** Of one experiment: comments of its panels that are not settled. */
    panels: List(answer({ panel: Str, count: Int32 })),
  }, {
    next_page_token: Str,
    /** The id of the last live event before this was read, after which a stream can go on. */
    position: Str,
  }),
})

export const listKeyValues = endpoint({
  name: 'listKeyValues', method: 'POST', api, path: '/runs/values', group,
  summary: 'Values of a param or tag in experiments, in order, from a prefix on; for completion.',
  request: message({ experiment_ids: List(Str), kind: Enum(['param', 'tag']), key: Str }, {
    prefix: Str,
    /** 1 to 100, default 20. */
    max_results: Int32,
  }),
  response: answer({ values: List(Str) }),
})

const Spread = answer({
  /** Runs of the group that have a finite value: the latest, or of all points the one that was asked for. */
  count: Int32,
  mean: Double, min: Double, max: Double,
  /** Standard deviation of the sample (n − 1); 0 for one run. */
  std: Double,
})

const RunGroup = answer({
  runs: Int32, running: Int32, failed: Int32,
  /** The earliest and the latest start, in milliseconds since the epoch. */
  first_start_time: Int64, start_time: Int64,
  /** For each metric asked for, null where no run of the group has it. */
  metrics: List(Any),
  /** Its value and those of the groups around it, the outermost first; null for the runs that do not have the key. */
  path: List(Any),
}, {
  /** Absent for the runs that do not have the key. */
  value: Str,
  /** How many groups there are within it; absent where it is not divided further. */
  groups: Int32,
})
/** The values of a group and of those around it, the outermost first; null stands for runs without one. */
export type GroupPath = readonly (string | null)[]
export type RunGroup = Omit<Static<typeof RunGroup>, 'metrics' | 'path'> & { metrics: (Static<typeof Spread> | null)[]; path: GroupPath }

export const groupRuns = endpoint({
  name: 'groupRuns', method: 'POST', api, path: '/runs/groups', group,
  summary: 'Runs grouped by the value of a param or tag, and within each group by further ones, in any order, with count, mean, min, max and spread of metrics at each level. Any window of the groups that are open.',
  request: message({ experiment_ids: List(Str), by: GroupMember }, {
    ...which, metrics: List(Str),
    /** Of these metrics the lowest or highest of all finite points of each run counts in place of the last, of up to 20,000 runs. */
    extremes: List(message({ key: Str, of: Enum(['min', 'max']) })),
    /** Each group is divided by the first of these, its parts by the next; at most 3. */
    within: List(GroupMember),
    /** Whether the groups within a group follow it; default false. */
    open: Bool,
    /** Groups with which it is the other way round, by their `path`. */
    except: List(message({ path: List(Any) })),
    /**
     * As for the table of the same runs, most significant first; default the largest group first, as among those that are alike. A metric orders by its mean in
     * each group, `min(metrics.KEY)` and `max(metrics.KEY)` (only as the first) by the lowest and highest of all points of its runs; a param or tag the groups that
     * are by it, numbers as numbers and before texts; `start_time` by the latest start, ascending by the earliest. Other keys order no groups. Groups without
     * the value, or with none that is finite, come last.
     */
    order_by: List(Str),
    /** Groups to leave out. Default 0. */
    offset: Int32,
    /** 1 to 500, default 500. */
    max_results: Int32,
  }),
  /** `total` counts the groups of which this is a window, `outer` those of `by` alone. */
  response: answer({ groups: List(RunGroup), total: Int32, outer: Int32 }),
})

export const listMetricRanges = endpoint({
  name: 'listMetricRanges', method: 'POST', api, path: '/runs/ranges', group,
  summary: 'Ranges of a metric\'s latest values, of one width and with round bounds, and how many runs lie in each: from the bound on, up to but not including the next.',
  request: message({ experiment_ids: List(Str), key: Str }, which),
  response: answer({
    ranges: List(answer({ from: Double, to: Double, runs: Int32 })),
    /** Runs without the metric, or whose value is no finite number. */
    without: Int32,
  }),
})

export const runChanges = ['set_tag', 'delete_tag', 'delete', 'restore', 'archive', 'unarchive', 'move'] as const
export type RunChange = (typeof runChanges)[number]

export const changeRuns = endpoint({
  name: 'changeRuns', method: 'POST', api, path: '/runs/change', group,
  summary: 'Does one thing to up to 1,000 runs, to all of them or to none: tags, deletion, archive, moving to another experiment. Artifacts stay where they are.',
  request: message({ run_ids: List(Str), change: Enum(runChanges) }, {
    /** For `set_tag` and `delete_tag`. */
    key: Str, value: Str,
    /** For `move`. */
    experiment_id: Str,
    /** Leaves out, and names, runs that are no longer there, that the caller may not see, or that are deleted (with `restore`: are not), in place of refusing all; default false. */
    skip_gone: Bool,
  }),
  response: answer({ changed: Int32 }, { left_out: List(Str) }),
})

export const getRuns = endpoint({
  name: 'getRuns', method: 'POST', api, path: '/runs/read', group,
  summary: 'Up to 1,000 whole runs of any experiments by their ids, in that order.',
  request: message({ run_ids: List(Str) }),
  response: answer({ runs: List(Run) }),
})

export const runTableEndpoints = [getRuns, openRunTable, listTableRows, listTableKeys, listKeyValues, groupRuns, listMetricRanges, changeRuns] as const
