import { printExactName, type Experiment, type Run } from '@cairn/protocol'
import { askEarly } from './early.ts'
import type { Place } from './router.ts'
import { client } from './server.ts'

/** What a page asks for first, by a name for `useLoaded`. */
export interface Reading<T> {
  readonly key: string
  load(signal?: AbortSignal): Promise<T>
}

export const readRun = (id: string): Reading<Run> => ({ key: `run ${id}`, load: () => client.runs.get(id) })
export const readExperimentOf = (id: string | undefined): Reading<Experiment | undefined> => ({ key: `experiment of ${id ?? ''}`, load: async () => (id === undefined ? undefined : client.experiments.get(id)) })
export const readCompared = (ids: readonly string[]): Reading<Run[]> => ({ key: `compare ${ids.join(' ')}`, load: (signal) => client.runs.getMany([...ids], { signal }) })
export const readModel = (name: string): Reading<Awaited<ReturnType<typeof client.models.get>>> => ({ key: `model ${name}`, load: () => client.models.get(name) })
export const readVersions = (name: string): Reading<Awaited<ReturnType<typeof client.models.searchVersionsPage>>> =>
  ({ key: `versions ${name}`, load: () => client.models.searchVersionsPage({ filter: printExactName(name), max_results: 1000 }) })

const firstOf = (place: Place): readonly Reading<unknown>[] =>
  place.page === 'compare' ? [readCompared(place.runs)] : place.page === 'model' ? [readModel(place.name), readVersions(place.name)] : []

/** Asks for what a page shows first beside its code, which would ask for it only when it has come and was drawn. */
export function readEarly(place: Place): undefined {
  for (const { key, load } of firstOf(place)) askEarly(key, () => load())
}
