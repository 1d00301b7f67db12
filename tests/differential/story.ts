/**
 * A story is a sequence of requests that both servers get from the same state: an experiment is
 * made, runs are logged into it, what comes back is compared. Text in `<angle brackets>` that names
 * something saved by an earlier step is replaced by what that server answered then.
 */
export interface Story {
  readonly group: string
  readonly title: string
  readonly steps: readonly Step[]
}

export interface Step {
  readonly method: string
  /** Below `/api/2.0/mlflow/`, or whole if it begins with a slash. */
  readonly path: string
  readonly query?: Query
  /** A body written as JSON. */
  readonly json?: unknown
  /** A body sent as it stands, with `application/json` unless `headers` says otherwise. */
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Name → where in the answer it stands, for instance `{ run: 'run.info.run_id' }`. */
  readonly save?: Readonly<Record<string, string>>
  /** What this step is after, for reports and for the table of deliberate differences. */
  readonly note?: string
  /** What is not compared: setting up is checked elsewhere. */
  readonly quiet?: boolean
  /** The order of what is listed follows from random ids or equal times. */
  readonly anyOrder?: boolean
  /** Headers of the answer to compare as well, lower case. */
  readonly compareHeaders?: readonly string[]
}

export type Query = Readonly<Record<string, string | number | readonly (string | number)[]>>
type More = Omit<Partial<Step>, 'method' | 'path' | 'json' | 'query'>

export const story = (group: string, title: string, ...steps: readonly (Step | readonly Step[])[]): Story =>
  ({ group, title, steps: steps.flat() })

export const get = (path: string, query: Query = {}, more: More = {}): Step => ({ method: 'GET', path, query, ...more })
export const post = (path: string, json: unknown, more: More = {}): Step => ({ method: 'POST', path, json, ...more })
export const patch = (path: string, json: unknown, more: More = {}): Step => ({ method: 'PATCH', path, json, ...more })
export const remove = (path: string, json: unknown, more: More = {}): Step => ({ method: 'DELETE', path, json, ...more })
export const raw = (method: string, path: string, text: string, more: More = {}): Step => ({ method, path, text, ...more })

/** An experiment of the story's own, saved as `<exp>`. */
export const experiment = (name: string, as = 'exp'): Step =>
  post('experiments/create', { name }, { save: { [as]: 'experiment_id' }, quiet: true })

/** A run in `<exp>`, saved as `<run>`. */
export const run = (more: Record<string, unknown> = {}, as = 'run', where = '<exp>'): Step =>
  post('runs/create', { experiment_id: where, start_time: 1000, run_name: as, ...more }, { save: { [as]: 'run.info.run_id' }, quiet: true })

export const model = (name: string, as = 'model', more: Record<string, unknown> = {}): Step =>
  post('logged-models', { experiment_id: '<exp>', name, ...more }, { save: { [as]: 'model.info.model_id' }, quiet: true })

/** Each of several requests that differ in one thing. */
export const each = <T>(values: readonly T[], step: (value: T, index: number) => Step): Step[] => values.map(step)
