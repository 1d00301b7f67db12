import type { ReactNode } from 'react'
import type { ServingEndpoint, VersionDrift } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { client, useLive, useLoaded, useSoon } from '../../app/server.ts'
import { DriftMark } from '../drift/drift-mark.tsx'
import { percentText, sharesOf, stateOf } from '../endpoints/endpoint-state.ts'
import { rateText, Spark, rates } from '../endpoints/load.tsx'
import { TrafficBar } from '../endpoints/traffic-bar.tsx'
import { words } from '../endpoints/words.ts'
import { words as own } from './words.ts'
import '../endpoints/endpoints.css'

/** The endpoints of a model, as they change. */
export function useEndpointsOf(model: string): readonly ServingEndpoint[] {
  const { data, reload } = useLoaded(`endpoints of ${model}`, () => client.endpoints.listPage({ model_name: model, with_load: true }).catch(() => ({ items: [] })))
  const readSoon = useSoon(reload, 1000)
  useLive(`endpoints of ${model}`, { types: ['endpoint'] }, (message) => { if (message.type === 'resync' || (message.type === 'endpoint' && message.data.model_name === model)) readSoon() })
  return data?.items ?? []
}

/** What serves a model: who answers how much, and how much is asked. */
export function ServedBy({ endpoints, drifts }: { endpoints: readonly ServingEndpoint[]; drifts: readonly VersionDrift[] }): ReactNode {
  if (endpoints.length === 0) return null
  return (
    <section aria-label={own.whatServesIt}>
      <h2>{own.whatServesIt}</h2>
      <ul className="served-by">
        {endpoints.map((endpoint) => (
          <li key={endpoint.name}>
            <a href={href.endpoint(endpoint.name)}>{endpoint.name}</a><span className="serving-state" data-state={stateOf(endpoint)}>{words.states[stateOf(endpoint)]}</span>
            <TrafficBar shares={sharesOf(endpoint)} small />
            {endpoint.load !== undefined && <span className="number"><Spark values={rates(endpoint.load)} width={72} height={20} /> {own.requestsPerSecond(rateText(endpoint.load.requests_per_second))}</span>}
            {drifts.filter((drift) => drift.endpoint === endpoint.name).map((drift) => <a key={drift.version} className="drift-link" href={href.endpoint(endpoint.name)}><span className="soft">{own.versionNumber(drift.version)}</span> <DriftMark drift={drift} /></a>)}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Where one version answers, and how much of it. */
export function ServesVersion({ endpoints, version }: { endpoints: readonly ServingEndpoint[]; version: string }): ReactNode {
  const found = endpoints.flatMap((endpoint) => {
    const shares = sharesOf(endpoint).filter((share) => share.version === version)
    const shadow = endpoint.shadow?.version === version
    if (shares.length === 0 && !shadow) return []
    return [{ name: endpoint.name, note: shares.length === 0 ? words.noteShadow : percentText(shares.reduce((sum, { percent }) => sum + percent, 0)) }]
  })
  if (found.length === 0) return <span className="soft">–</span>
  return <span className="chips">{found.map(({ name, note }) => <a key={name} className="stage serves" href={href.endpoint(name)}>{name} <b>{note}</b></a>)}</span>
}
