import { endpoint } from './endpoint.ts'
import { answer, Any, Bool, Enum, Int32, Int64, List, message, Str, type Static } from './schema.ts'

/**
 * What the first pages show: experiments as a tree of folders with what goes on in each, and what
 * has happened since somebody last looked. MLflow's own search answers names and tags only.
 */

export const overviewLimits = { rows: 500, changes: 1000, words: 20, home: 50 } as const

/** Newest runs of which an experiment's trend is made. */
export const trendRuns = 24

export const experimentOrders = ['activity', 'name', 'created', 'runs'] as const
export type ExperimentOrder = (typeof experimentOrders)[number]

/** The experiments whose names begin with the path and a slash. */
export const ExperimentFolder = answer({
  /** As names have it, without the slash at its end: `vision/defects`. */
  path: Str,
  /** Experiments in it at any depth, and runs of theirs that are running. */
  experiments: Int32, running: Int32,
  /** The latest of theirs, in milliseconds since the epoch. */
  last_activity: Int64,
})
export type ExperimentFolder = Static<typeof ExperimentFolder>

const Trend = answer({
  /** The metric: what the tag `mlflow.experiment.primaryMetric.name` says, else the most telling of what the newest runs have. */
  key: Str,
  /** Its latest value in each of the newest runs that have it (24 at most), the newest last; `"NaN"` where it is none. */
  values: List(Any),
})

/** An experiment with what its runs come to. Runs that are deleted do not count, but where the experiment itself is. */
export const ExperimentSummary = answer({
  experiment_id: Str, name: Str,
  creation_time: Int64, last_update_time: Int64,
  /** When a run of it last began or ended, or one that is running last logged a point, or it was changed itself. */
  last_activity: Int64,
  runs: Int32, running: Int32,
  /** Runs that failed or were killed. */
  failed: Int32,
  /** Without those that have a meaning to MLflow; values are cut after 200 characters (and end in `…`). */
  tags: List(answer({ key: Str, value: Str })),
}, {
  /** The beginning of the notes, 400 characters at most. */
  note: Str,
  trend: Trend,
})
export type ExperimentSummary = Static<typeof ExperimentSummary>

const api = 'cairn'
const group = 'experiments'

export const listExperimentOverview = endpoint({
  name: 'listExperimentOverview', method: 'POST', api, path: '/experiments/overview', group,
  summary: 'A window of experiments with counts of runs, last activity, tags, notes and the trend of their primary metric; as one list, or level by level as a tree of folders by the slashes in their names.',
  request: message({}, {
    /** `active` (default), or `deleted`: the archive. */
    stage: Enum(['active', 'deleted']),
    /** Each must be in the name, whatever its case. */
    words: List(Str),
    /** Each must be there, with this value where one is given. */
    tags: List(message({ key: Str }, { value: Str })),
    /** Whether only what lies directly in a folder is listed, its own folders first; default false: all in one list. */
    tree: Bool,
    /** Which folder, default the top; without `tree` everything in it. */
    folder: Str,
    /** Default `activity`. */
    order: Enum(experimentOrders),
    /** Turns the order round; by itself names grow and all else falls. */
    reverse: Bool,
    /** Lines to leave out, default 0; and lines of the window, 1 to 500, default 100. */
    offset: Int32, max_results: Int32,
  }),
  response: answer({
    folders: List(ExperimentFolder), experiments: List(ExperimentSummary),
    /** Lines of the level or list, folders and experiments. */
    total: Int32,
    /** Experiments that fit at any depth, and their runs that are running. */
    found: Int32, running: Int32,
    /** Experiments of the stage that there are to see, whether they fit or not. */
    all: Int32,
  }),
})

/** What is to become of one experiment; what is not named stays. */
export const ExperimentChange = message({ experiment_id: Str }, {
  name: Str,
  stage: Enum(['active', 'deleted']),
  set_tags: List(message({ key: Str }, { value: Str })),
  delete_tags: List(Str),
})
export type ExperimentChange = Static<typeof ExperimentChange>

export const changeExperiments = endpoint({
  name: 'changeExperiments', method: 'POST', api, path: '/experiments/change', group,
  summary: 'Renames, tags, archives (deletes) and restores up to 1,000 experiments, all of them or none. Names may change places. The answer holds the changes that take these back.',
  request: message({ changes: List(ExperimentChange) }),
  response: answer({ changed: Int32, undo: List(ExperimentChange) }),
})

const HomeRun = {
  run_id: Str, run_name: Str, experiment_id: Str, experiment_name: Str, user_id: Str,
  /** Milliseconds since the epoch. */
  start_time: Int64,
}

export const RunningRun = answer({
  ...HomeRun,
  /** The last values of up to four metrics, the most telling first; numbers or `"NaN"`. */
  metrics: List(answer({ key: Str, value: Any, step: Int64 })),
}, {
  /** When the last of its points says that it was made. */
  last_point_time: Int64,
})
export type RunningRun = Static<typeof RunningRun>

export const FailedRun = answer({ ...HomeRun, end_time: Int64, status: Enum(['FAILED', 'KILLED']) })
export type FailedRun = Static<typeof FailedRun>

export const MovedAlias = answer({
  entry_id: Str, timestamp: Int64,
  /** Who moved it, as the audit trail has it. */
  principal: Str,
  model: Str, alias: Str,
}, {
  /** Versions before and after; absent where there was none, or is none any more. */
  from: Str, to: Str,
})
export type MovedAlias = Static<typeof MovedAlias>

export const getHome = endpoint({
  name: 'getHome', method: 'GET', api, path: '/home', group: 'experiments',
  summary: 'What goes on: runs that are running with their last values, experiments by last activity, aliases that moved, and what failed since a time.',
  request: message({}, {
    /** Milliseconds since the epoch; default a day ago. */
    since: Int64,
    /** Of each kind, 1 to 50, default 12. */
    max_results: Int32,
  }),
  response: answer({
    /** The newest first. */
    running: List(RunningRun), running_total: Int32,
    /** Experiments with such runs, those with the newest activity first, up to 100. */
    running_experiments: List(Str),
    recent: List(ExperimentSummary), experiments_total: Int32,
    moved: List(MovedAlias),
    failed: List(FailedRun), failed_total: Int32,
    /** Experiments with such runs, up to 100. */
    failed_experiments: List(Str),
    /** When this was read: the `since` of a next visit. */
    now: Int64,
  }),
})

export const overviewEndpoints = [listExperimentOverview, changeExperiments, getHome] as const
