import type { Run } from '@cairn/protocol'
import { duration, exact } from '../../ui/format.ts'
import { byNumber } from '../../ui/natural.ts'
import type { DiffSection } from './diff-table.tsx'
import type { Environment } from '../runs/environment.ts'
import { words } from './words.ts'

const own = /^mlflow\.(?:note\.content|log-model\.history|loggedImages|runColor)$/

/** Metrics that have a curve: what was logged once is told by the table alone. */
export const curvesOf = (runs: readonly Run[]): string[] =>
  [...new Set(runs.flatMap(({ data }) => (data.metrics ?? []).flatMap(({ key, step }) => (Number(step ?? 0) > 0 && !key.startsWith('system/') ? [key] : []))))].toSorted(byNumber)

/** What runs say of themselves, a section for each kind; `onEnvironment` is told when somebody looks for what they were made with, which is read then. */
export function sectionsOf(runs: readonly Run[], environments: readonly Environment[] | undefined, experimentOf: (id: string) => string, onEnvironment: () => void): DiffSection[] {
  const tag = ({ data }: Run, key: string): string | undefined => data.tags?.find((one) => one.key === key)?.value
  const filled = (rows: readonly (readonly [string, string | undefined])[]): Map<string, string> => new Map(rows.flatMap(([key, value]) => (value === undefined || value === '' ? [] : [[key, value] as const])))
  return [
    {
      title: words.about,
      values: runs.map((run) => filled([
        [words.status, run.info.status.toLowerCase()], [words.started, Number(run.info.start_time) > 0 ? exact(Number(run.info.start_time)) : undefined],
        [words.duration, run.info.end_time === undefined ? undefined : duration(Number(run.info.end_time) - Number(run.info.start_time))],
        [words.by, tag(run, 'mlflow.user') ?? run.info.user_id], [words.experiment, experimentOf(run.info.experiment_id)],
      ])),
    },
    {
      title: words.metrics, values: runs.map(({ data }) => new Map((data.metrics ?? []).map(({ key, value }) => [key, String(value)]))),
      numbers: runs.map(({ data }) => new Map((data.metrics ?? []).map(({ key, value }) => [key, Number(value)]))),
    },
    { title: words.params, values: runs.map(({ data }) => new Map((data.params ?? []).map(({ key, value }) => [key, value]))) },
    { title: words.code, values: runs.map((run) => filled([
      [words.source, tag(run, 'mlflow.source.name')], [words.commit, tag(run, 'mlflow.source.git.commit')], [words.branch, tag(run, 'mlflow.source.git.branch')],
      [words.repository, tag(run, 'mlflow.source.git.repoURL')], [words.uncommittedChanges, tag(run, 'cairn.git.dirty')], [words.entryPoint, tag(run, 'mlflow.project.entryPoint')], [words.manager, tag(run, 'mlflow.project.env')],
    ])) },
    { title: words.environment, values: environments ?? runs.map(() => new Map()), waiting: environments === undefined, onSight: onEnvironment },
    { title: words.datasets, values: runs.map(datasetsOf) },
    { title: words.tags, values: runs.map(({ data }) => new Map((data.tags ?? []).filter(({ key }) => !own.test(key) && !/^mlflow\.(?:source|project|user|runName)/.test(key)).map(({ key, value }) => [key, value]))) },
  ]
}

/** The digests of a run's datasets by their names and what they were for: several may be called the same. */
function datasetsOf({ inputs }: Run): Map<string, string> {
  const found = new Map<string, string>()
  for (const { dataset, tags } of inputs.dataset_inputs ?? []) {
    const context = tags?.find(({ key }) => key === 'mlflow.data.context') ?? tags?.[0]
    const name = `${dataset.name}${context === undefined ? '' : ` (${context.value})`}`
    const before = found.get(name)
    found.set(name, before === undefined ? dataset.digest : `${before}, ${dataset.digest}`)
  }
  return found
}
