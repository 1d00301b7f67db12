import type { Run } from '@cairn/protocol'
import { duration, exact } from '../../ui/format.ts'
import type { DiffSection } from './diff-table.tsx'
import type { Environment } from './environment.ts'

const own = /^mlflow\.(?:note\.content|log-model\.history|loggedImages|runColor)$/

/** What runs say of themselves, a section for each kind. */
export function sectionsOf(runs: readonly Run[], environments: readonly Environment[] | undefined, experimentOf: (id: string) => string): DiffSection[] {
  const tag = ({ data }: Run, key: string): string | undefined => data.tags?.find((one) => one.key === key)?.value
  const filled = (rows: readonly (readonly [string, string | undefined])[]): Map<string, string> => new Map(rows.flatMap(([key, value]) => (value === undefined || value === '' ? [] : [[key, value] as const])))
  return [
    {
      title: 'About',
      values: runs.map((run) => filled([
        ['Status', run.info.status.toLowerCase()], ['Started', Number(run.info.start_time) > 0 ? exact(Number(run.info.start_time)) : undefined],
        ['Duration', run.info.end_time === undefined ? undefined : duration(Number(run.info.end_time) - Number(run.info.start_time))],
        ['By', tag(run, 'mlflow.user') ?? run.info.user_id], ['Experiment', experimentOf(run.info.experiment_id)],
      ])),
    },
    {
      title: 'Metrics', values: runs.map(({ data }) => new Map((data.metrics ?? []).map(({ key, value }) => [key, String(value)]))),
      numbers: runs.map(({ data }) => new Map((data.metrics ?? []).map(({ key, value }) => [key, Number(value)]))),
    },
    { title: 'Params', values: runs.map(({ data }) => new Map((data.params ?? []).map(({ key, value }) => [key, value]))) },
    { title: 'Code', values: runs.map((run) => filled([
      ['Source', tag(run, 'mlflow.source.name')], ['Commit', tag(run, 'mlflow.source.git.commit')], ['Branch', tag(run, 'mlflow.source.git.branch')],
      ['Repository', tag(run, 'mlflow.source.git.repoURL')], ['Uncommitted changes', tag(run, 'cairn.git.dirty')], ['Entry point', tag(run, 'mlflow.project.entryPoint')], ['Manager', tag(run, 'mlflow.project.env')],
    ])) },
    { title: 'Environment', values: environments ?? runs.map(() => new Map()), waiting: environments === undefined },
    { title: 'Datasets', values: runs.map(({ inputs }) => new Map((inputs.dataset_inputs ?? []).map(({ dataset, tags }) => [`${dataset.name}${tags?.[0] === undefined ? '' : ` (${tags[0].value})`}`, dataset.digest]))) },
    { title: 'Tags', values: runs.map(({ data }) => new Map((data.tags ?? []).filter(({ key }) => !own.test(key) && !/^mlflow\.(?:source|project|user|runName)/.test(key)).map(({ key, value }) => [key, value]))) },
  ]
}
