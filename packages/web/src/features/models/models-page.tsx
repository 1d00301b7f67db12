import { useState, type ReactNode } from 'react'
import type { RegisteredModel, ServingEndpoint } from '@cairn/protocol'
import { go, href } from '../../app/router.ts'
import { client, useLive, useLoaded, useSoon } from '../../app/server.ts'
import { useTitle } from '../../app/title.ts'
import { SearchField } from '../../ui/field.tsx'
import { count } from '../../ui/format.ts'
import { Empty, Failure, Time } from '../../ui/parts.tsx'
import { nameLike } from '../palette/name-like.ts'
import { words } from './words.ts'
import './models.css'

const register = `import mlflow

mlflow.set_tracking_uri("$URL")
mlflow.register_model("runs:/RUN_ID/model", "churn")`

/** Every registered model with its aliases and stages. */
export function ModelsPage({ find }: { find: string }): ReactNode {
  const [text, setText] = useState(find)
  const [size, setSize] = useState(100)
  const { data, error, reload } = useLoaded(`models ${text} ${size}`, (signal) => firstModels(size, text === '' ? undefined : nameLike(text), signal))
  useTitle(words.models)
  const served = useLoaded(words.endpointsOfModels, async () => Map.groupBy((await client.endpoints.listPage({ max_results: 1000 }).catch(() => ({ items: [] }))).items, ({ model_name }) => model_name))
  const readSoon = useSoon(reload)
  const servedSoon = useSoon(served.reload, 1000)
  useLive('models', { types: ['registry', 'endpoint'] }, (message) => {
    if (message.type === 'registry' || message.type === 'resync') readSoon()
    if (message.type === 'resync' || (message.type === 'endpoint' && message.data.change !== 'report')) servedSoon()
  })
  const search = (wanted: string): void => {
    setText(wanted)
    go(href.models(wanted), 'replace')
  }
  return (
    <>
      <div className="head"><h1>{words.models}</h1>{data && <span className="soft">{count(data.items.length, 'model')}{data.next_page_token ? words.soFar : ''}</span>}</div>
      <div className="bar"><SearchField label={words.findModels} placeholder={words.findModelsByName} value={text} onChange={search} /></div>
      {error !== undefined && <Failure error={error} retry={reload} />}
      {data === undefined ? error === undefined && <p className="soft">{words.loading}</p>
        : data.items.length === 0 ? (text === '' ? <Empty title={words.noModelIsRegisteredYet} code={register} /> : <Empty title={words.noModelHasInIts(text)} />)
          : (
            <div className="scroll named" tabIndex={0} role="region" aria-label={words.models}>
              <table>
                <thead><tr><th scope="col">{words.model}</th><th scope="col">{words.aliases}</th><th scope="col">{words.newestOfEachStage}</th><th scope="col">{words.servedBy}</th><th scope="col">{words.changedTitle}</th><th scope="col">{words.tags}</th></tr></thead>
                <tbody>{data.items.map((model) => <Row key={model.name} model={model} endpoints={served.data?.get(model.name) ?? []} />)}</tbody>
              </table>
            </div>
          )}
      {data?.next_page_token && <p><button type="button" className="button" onClick={() => setSize(size * 4)}>{words.showMore}</button></p>}
    </>
  )
}

/** The server gives at most a thousand at once. */
async function firstModels(size: number, filter: string | undefined, signal: AbortSignal): Promise<{ readonly items: readonly RegisteredModel[]; readonly next_page_token: string | undefined }> {
  const items: RegisteredModel[] = []
  for (let page_token: string | undefined; ;) {
    const page = await client.models.searchPage({ max_results: Math.min(size - items.length, 1000), ...(filter !== undefined && { filter }), ...(page_token !== undefined && { page_token }) }, { signal })
    items.push(...page.items)
    page_token = page.next_page_token || undefined
    if (page_token === undefined || items.length >= size) return { items, next_page_token: page_token }
  }
}

function Row({ model, endpoints }: { model: RegisteredModel; endpoints: readonly ServingEndpoint[] }): ReactNode {
  return (
    <tr>
      <th scope="row"><a href={href.model(model.name)} title={model.name}>{model.name}</a></th>
      <td><span className="chips">{(model.aliases ?? []).map(({ alias, version }) => <a key={alias} className="alias" href={href.version(model.name, version)}>{alias} → {version}</a>)}</span></td>
      <td><span className="chips">{(model.latest_versions ?? []).map(({ version, current_stage }) => <a key={version} className="stage" data-stage={current_stage} href={href.version(model.name, version)}>{current_stage === 'None' ? words.versionNumber(version) : `${current_stage} ${version}`}</a>)}</span></td>
      <td><span className="chips">{endpoints.map(({ name }) => <a key={name} className="stage serves" href={href.endpoint(name)}>{name}</a>)}</span></td>
      <td><Time ms={Number(model.last_updated_timestamp)} /></td>
      <td className="soft">{(model.tags ?? []).map(({ key, value }) => `${key}=${value}`).join(', ')}</td>
    </tr>
  )
}
