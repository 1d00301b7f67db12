import { lockedVersions } from '@cairn/environments'
import { shellQuote } from '../project/format.ts'
import type { RunRecord } from '../record/record.ts'

export interface Difference {
  /** What differs, in words: `package numpy`, `parameter alpha`, `metric auc`. */
  readonly what: string
  readonly before: string | null
  readonly after: string | null
}

export interface Compared {
  readonly record: RunRecord
  readonly lock: string | undefined
  /** Last values of the run's own metrics. */
  readonly metrics: ReadonlyMap<string, number>
  /** All params of the run: those that it was given, and those that its program logged. */
  readonly params: ReadonlyMap<string, string>
  /** Digests of the data sets that its program named (`mlflow.log_input`). */
  readonly datasets: ReadonlyMap<string, string>
}

/** What differs between a run and its repetition: first what went in, then what came out. */
export function differencesOf(before: Compared, after: Compared): Difference[] {
  const [a, b] = [before.record, after.record]
  const found: Difference[] = []
  const compare = (what: string, one: unknown, other: unknown): void => {
    const [left, right] = [text(one), text(other)]
    if (left !== right) found.push({ what, before: left, after: right })
  }
  const compareAll = (noun: string, one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): void => {
    for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) compare(`${noun} ${name}`, one[name], other[name])
  }
  compare('commit', a.source.commit, b.source.commit)
  if (a.source.commit === b.source.commit) compare('sources (digest)', a.source.tree_digest, b.source.tree_digest)
  compare('entry point', a.entry_point, b.entry_point)
  compareAll('parameter', withoutPaths(a), withoutPaths(b))
  compareAll('data of', digests(a), digests(b))
  compare('seed', a.seed, b.seed)
  compare('backend', a.backend, b.backend)
  compare('environment manager', a.environment.manager, b.environment.manager)
  compare('Python', a.environment.python, b.environment.python)
  compare('image', a.environment.image, b.environment.image)
  compareAll('package', Object.fromEntries(lockedVersions(before.lock ?? '')), Object.fromEntries(lockedVersions(after.lock ?? '')))
  compareAll('variable', a.variables, b.variables)
  compare('operating system', a.machine.os, b.machine.os)
  compare('kernel', a.machine.kernel, b.machine.kernel)
  compare('architecture', a.machine.arch, b.machine.arch)
  compare('CPU', `${a.machine.cpus} × ${a.machine.cpu}`, `${b.machine.cpus} × ${b.machine.cpu}`)
  compare('GPU', gpus(a), gpus(b))
  compareAll('data set', Object.fromEntries(before.datasets), Object.fromEntries(after.datasets))
  compareAll('logged param', loggedParams(before, after), loggedParams(after, before))
  compare('status', a.result?.status, b.result?.status)
  compare('exit status', a.result?.exit_status, b.result?.exit_status)
  compareAll('metric', Object.fromEntries(before.metrics), Object.fromEntries(after.metrics))
  return found
}

/** What the program itself logged: the params that neither run was given. */
function loggedParams({ params, record }: Compared, other: Compared): Record<string, string> {
  const given = new Set([record, other.record].flatMap(({ parameters }) => Object.keys(parameters)).flatMap((name) => [name, shellQuote(name)]))
  return Object.fromEntries([...params].filter(([name]) => !given.has(name)))
}

const text = (value: unknown): string | null => (value === null || value === undefined ? null : String(value))

/** Fetched files lie elsewhere each time; their digests say whether they are the same. */
const withoutPaths = ({ parameters, paths, given }: RunRecord): Record<string, string> =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, Object.hasOwn(paths, name) ? (/^\w[\w+.-]*:/.test(given[name] ?? '') ? given[name]! : 'a local path') : value]))

const digests = ({ data }: RunRecord): Record<string, string> =>
  Object.fromEntries(data.map(({ parameter, sha256, bytes, files }) => [parameter, `${sha256 ?? 'not read'} (${files === 1 ? '' : `${files} files, `}${bytes} bytes)`]))

const gpus = ({ machine }: RunRecord): string | null => (machine.gpus.length === 0 ? null : machine.gpus.map(({ name, driver }) => `${name}, driver ${driver}`).join('; '))
