import type { ReactNode } from 'react'
import type { ServingEndpoint } from '@cairn/protocol'
import { usePlaceWord } from '../../app/address.ts'
import { href } from '../../app/router.ts'
import { client, useLive, useLoaded, useSoon } from '../../app/server.ts'
import { useTitle } from '../../app/title.ts'
import { SearchField } from '../../ui/field.tsx'
import { count } from '../../ui/format.ts'
import { Empty, Failure, Time } from '../../ui/parts.tsx'
import { sharesOf, stateOf, versionsBehind } from './endpoint-state.ts'
import { msText, rates, rateText, series, shareText, Spark } from './load.tsx'
import { TrafficBar } from './traffic-bar.tsx'
import { useQuiet } from './use-quiet.ts'
import { words } from './words.ts'
import './endpoints.css'

/** Every endpoint: what it serves, to whom, and how that goes. */
export function EndpointsPage(): ReactNode {
  const [text, setText] = usePlaceWord('q')
  const { data, error, reload } = useLoaded('endpoints', (signal) => client.endpoints.listPage({ with_load: true, max_results: 1000 }, { signal }))
  useTitle(words.title)
  const readSoon = useSoon(reload, 1000)
  useLive('endpoints', { types: ['endpoint', 'registry'] }, (message) => { if (message.type === 'endpoint' || message.type === 'registry' || message.type === 'resync') readSoon() })
  useQuiet(data, data?.items.some(({ load }) => (load?.servers ?? 0) > 0) ?? false, reload)
  const wanted = text.trim().toLowerCase()
  const shown = (data?.items ?? []).filter(({ name, model_name }) => name.toLowerCase().includes(wanted) || model_name.toLowerCase().includes(wanted))
  return (
    <>
      <div className="head"><h1>{words.title}</h1>{data !== undefined && <span className="soft">{count(data.items.length, 'endpoint')}{data.next_page_token ? words.theFirstThousand : ''}</span>}</div>
      {data !== undefined && data.items.length > 0 && <div className="bar"><SearchField label={words.find} placeholder={words.findPlaceholder} value={text} onChange={setText} /></div>}
      {error !== undefined && <Failure error={error} retry={reload} />}
      {data === undefined ? error === undefined && <p className="soft">{words.loading}</p>
        : data.items.length === 0 ? <Empty title={words.none} code={words.noneCode} />
          : shown.length === 0 ? <Empty title={words.noneFound(text)} />
            : (
              <div className="scroll named endpoints" tabIndex={0} role="region" aria-label={words.title}>
                <table>
                  <thead><tr><th scope="col">{words.columns.endpoint}</th><th scope="col">{words.columns.state}</th><th scope="col">{words.columns.model}</th><th scope="col">{words.columns.traffic}</th><th scope="col" className="number">{words.columns.rate}</th><th scope="col" className="number">{words.columns.errors}</th><th scope="col" className="number">{words.columns.p50}</th><th scope="col" className="number">{words.columns.p99}</th><th scope="col" className="number">{words.columns.processes}</th><th scope="col">{words.columns.changed}</th></tr></thead>
                  <tbody>{shown.map((endpoint) => <Row key={endpoint.name} endpoint={endpoint} />)}</tbody>
                </table>
              </div>
            )}
    </>
  )
}

function Row({ endpoint }: { endpoint: ServingEndpoint }): ReactNode {
  const { name, model_name, load, last_updated_timestamp, updated_by } = endpoint
  const state = stateOf(endpoint)
  return (
    <tr>
      <th scope="row"><a href={href.endpoint(name)}>{name}</a></th>
      <td><span className="serving-state" data-state={state}>{words.states[state]}</span></td>
      <td>{model_name === '' ? <span className="soft">–</span> : <><a href={href.model(model_name)}>{model_name}</a> {versionsBehind(endpoint).map((version) => <a key={version} className="version-link" href={href.version(model_name, version)}>{version}</a>)}</>}</td>
      <td><TrafficBar shares={sharesOf(endpoint)} small /></td>
      <td className="number figure-cell">{load !== undefined && <><Spark values={rates(load)} width={72} height={20} />{rateText(load.requests_per_second)}</>}</td>
      <td className="number" data-bad={(load?.error_rate ?? 0) > 0}>{load !== undefined && shareText(load.error_rate)}</td>
      <td className="number">{msText(load?.p50_ms)}</td>
      <td className="number figure-cell">{load !== undefined && <><Spark values={series(load, ({ p99_ms }) => p99_ms)} width={72} height={20} />{msText(load.p99_ms)}</>}</td>
      <td className="number">{load?.servers}</td>
      <td title={words.byUpdatedby(updated_by)}><Time ms={Number(last_updated_timestamp)} /></td>
    </tr>
  )
}
