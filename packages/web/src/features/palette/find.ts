import { href } from '../../app/router.ts'
import { client, queries } from '../../app/server.ts'
import { findViews } from '../views/find-views.ts'
import { words as comments } from '../comments/words.ts'
import { findKeys } from './find-keys.ts'
import type { Finding } from './finding.ts'
import { nameLike } from './name-like.ts'
import { words as frame } from '../frame/words.ts'

export const pages = [
  { id: 'page home', label: frame.pages.home, href: href.home() },
  { id: 'page experiments', label: frame.pages.experiments, href: href.experiments() },
  { id: 'page models', label: frame.pages.models, href: href.models() },
  { id: 'page mentions', label: comments.mentions, href: href.mentions() },
  { id: 'page endpoints', label: frame.pages.endpoints, href: href.endpoints() },
] as const

const most = 6

/** Experiments in which runs are looked for by name: those that changed last. */
const mostExperiments = 200
const fewestLetters = 2

const recentExperiments = (): Promise<string[]> => queries.fetchQuery({
  queryKey: ['experiments to find runs in'], staleTime: 30_000,
  queryFn: async () => (await client.experiments.searchPage({ max_results: mostExperiments, order_by: ['last_update_time DESC'] })).items.map(({ experiment_id }) => experiment_id),
})

/** Versions of models by the model's name, and by its number too: "churn 3", "churn v3". */
async function versionsLike(text: string): Promise<Finding[]> {
  if (text.length < fewestLetters) return []
  const numbered = /^(.*\S)\s+(?:v|version\s*)?(\d+)$/i.exec(text)
  const [name, number] = numbered === null ? [text, undefined] : [numbered[1]!, numbered[2]!]
  const { items } = await client.models.searchVersionsPage({ filter: nameLike(name), max_results: number === undefined ? most : 200 })
  return items.filter(({ version }) => number === undefined || version === number).slice(0, most)
    .map(({ name: model, version }) => ({ id: `version ${model} ${version} ${model} v${version}`, kind: 'version', label: `${model} ${version}`, href: href.version(model, version) }))
}

async function runsLike(text: string, signal: AbortSignal): Promise<Finding[]> {
  const isId = /^[\da-f]{32}$/.test(text)
  if (!isId && text.length < fewestLetters) return []
  const experiment_ids = isId ? [] : await recentExperiments()
  const runs = isId
    ? await client.runs.get(text).then((run) => [run], () => [])
    : (await client.runs.searchPage({ experiment_ids, filter: nameLike(text, 'attributes.run_name'), max_results: most, order_by: ['attributes.start_time DESC'] }, { signal })).items
  return runs.map(({ info }) => ({ id: `run ${info.run_id}`, kind: 'run', label: info.run_name ?? info.run_id, href: href.run(info.run_id) }))
}

/** What has the text in its name, from the server; without a text, what moved last. */
export async function findEverywhere(text: string, signal: AbortSignal): Promise<Finding[]> {
  const filter = text === '' ? {} : { filter: nameLike(text) }
  const [experiments, models, runs, views, versions, keys] = await Promise.all([
    client.experiments.searchPage({ max_results: most, order_by: ['last_update_time DESC'], ...filter }, { signal }),
    client.models.searchPage({ max_results: most, ...filter }, { signal }),
    runsLike(text, signal),
    findViews(text, signal),
    versionsLike(text),
    findKeys(text, recentExperiments),
  ])
  return [
    ...experiments.items.map(({ experiment_id, name }) => ({ id: `experiment ${experiment_id}`, kind: 'experiment' as const, label: name, href: href.experiment(experiment_id) })),
    ...models.items.map(({ name }) => ({ id: `model ${name}`, kind: 'model' as const, label: name, href: href.model(name) })),
    ...versions,
    ...runs,
    ...keys,
    ...views,
  ]
}
