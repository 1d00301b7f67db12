import { getEndpointDrift, getModelDrift, type ResponseOf } from '@cairn/protocol'
import { client, useLive, useLoaded, useSoon, type Loaded } from '../../app/server.ts'

export type Drifts = Loaded<ResponseOf<typeof getModelDrift>>

/** Of what an endpoint serves, as more is counted. */
export function useEndpointDrift(name: string, model: string | undefined): Drifts {
  const loaded = useLoaded(`drift of endpoint ${name}`, () => client.call(getEndpointDrift, { name }))
  const readSoon = useSoon(loaded.reload)
  useLive(`drift of endpoint ${name}`, { types: ['endpoint', 'registry'] }, (message) => {
    if (message.type === 'resync' || (message.type === 'endpoint' && message.data.name === name && message.data.change !== 'report') || (message.type === 'registry' && message.data.name === model)) readSoon()
  })
  return loaded
}

/** Of all that serves a model; with `version` of that one alone. `columns` bounds how many are told of each. */
export function useModelDrift(name: string, { version, columns }: { readonly version?: string; readonly columns?: number } = {}): Drifts {
  const key = `drift of ${name} ${version ?? ''} ${columns ?? ''}`
  const loaded = useLoaded(key, () => client.call(getModelDrift, { name, ...(version !== undefined && { version }), ...(columns !== undefined && { max_columns: columns }) }))
  const readSoon = useSoon(loaded.reload, 1000)
  useLive(key, { types: ['endpoint', 'registry'] }, (message) => {
    if (message.type === 'resync' || (message.type === 'endpoint' && message.data.model_name === name && message.data.change !== 'report') || (message.type === 'registry' && message.data.name === name)) readSoon()
  })
  return loaded
}
