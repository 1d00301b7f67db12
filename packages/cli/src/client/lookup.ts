import { getExperiment, getExperimentByName, searchExperiments, type Experiment } from '@cairn/protocol'
import { UserError } from '../framework/errors.ts'
import type { Io } from '../framework/io.ts'
import { ServerRefused, type Connection } from './connection.ts'

/** An experiment by its id or its name; digits are tried as an id first. */
export async function findExperiment(connection: Connection, idOrName: string): Promise<Experiment> {
  if (/^\d+$/.test(idOrName)) {
    const byId = await orUndefined(connection.call(getExperiment, { experiment_id: idOrName }))
    if (byId !== undefined) return byId.experiment
  }
  const byName = await orUndefined(connection.call(getExperimentByName, { experiment_name: idOrName }))
  if (byName === undefined) throw new UserError(`There is no experiment "${idOrName}".`, 'See: cairn experiments list')
  return byName.experiment
}

async function orUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    if (error instanceof ServerRefused && error.status === 404) return undefined
    throw error
  }
}

/** The experiments that were named, or those of MLflow's variables, or all that are active. */
export async function chosenExperiments(connection: Connection, named: readonly string[], env: Io['env']): Promise<Experiment[]> {
  const fromEnv = env['MLFLOW_EXPERIMENT_ID'] || env['MLFLOW_EXPERIMENT_NAME']
  const names = named.length > 0 ? named : fromEnv ? [fromEnv] : []
  if (names.length > 0) return Promise.all(names.map((name) => findExperiment(connection, name)))
  return collect(50_000, 1000, async (max_results, page_token) => {
    const { experiments, next_page_token } = await connection.call(searchExperiments, { max_results, ...(page_token !== undefined && { page_token }) })
    return { items: experiments, next: next_page_token }
  }).then(({ items }) => items)
}

export interface Page<T> {
  readonly items: readonly T[] | undefined
  readonly next: string | undefined
}

/** Pages one after the other until `limit` items are there; `more` says whether there are others. */
export async function collect<T>(limit: number, largest: number, page: (size: number, token: string | undefined) => Promise<Page<T>>): Promise<{ items: T[]; more: boolean }> {
  const items: T[] = []
  let token: string | undefined
  do {
    const { items: found = [], next } = await page(Math.min(largest, limit - items.length), token)
    items.push(...found)
    token = next === '' ? undefined : next
    // A page may be empty and yet not the last; without a token there is nothing more to ask.
  } while (token !== undefined && items.length < limit)
  return { items: items.slice(0, limit), more: token !== undefined }
}
