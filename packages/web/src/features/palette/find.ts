import { href } from '../../app/router.ts'
import { client } from '../../app/server.ts'
import { words as frame } from '../frame/words.ts'

export interface Finding {
  readonly id: string
  readonly kind: 'page' | 'experiment' | 'run' | 'model' | 'action'
  readonly label: string
  readonly note?: string
  /** Absent for what is done here. */
  readonly href?: string
}

export const pages = [
  { id: 'page experiments', label: frame.pages.experiments, href: href.experiments() },
  { id: 'page models', label: frame.pages.models, href: href.models() },
] as const

const most = 6

/** The grammar has no escapes: a text with both kinds of quotes is looked for by what stands before the second kind. */
export function nameLike(text: string): string {
  const quote = text.includes("'") ? '"' : "'"
  return `name ILIKE ${quote}%${text.split(quote)[0]!}%${quote}`
}

/** What has the text in its name, from the server; without a text, what moved last. */
export async function findEverywhere(text: string, signal: AbortSignal): Promise<Finding[]> {
  const filter = text === '' ? {} : { filter: nameLike(text) }
  const [experiments, models, run] = await Promise.all([
    client.experiments.searchPage({ max_results: most, order_by: ['last_update_time DESC'], ...filter }, { signal }),
    client.models.searchPage({ max_results: most, ...filter }, { signal }),
    /^[\da-f]{32}$/.test(text) ? client.runs.get(text).catch(() => undefined) : undefined,
  ])
  return [
    ...(run === undefined ? [] : [{ id: `run ${run.info.run_id}`, kind: 'run' as const, label: run.info.run_name ?? run.info.run_id, href: href.run(run.info.run_id) }]),
    ...experiments.items.map(({ experiment_id, name }) => ({ id: `experiment ${experiment_id}`, kind: 'experiment' as const, label: name, href: href.experiment(experiment_id) })),
    ...models.items.map(({ name }) => ({ id: `model ${name}`, kind: 'model' as const, label: name, href: href.model(name) })),
  ]
}
