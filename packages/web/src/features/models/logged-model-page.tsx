import { useMemo, type ReactNode } from 'react'
import { go, href } from '../../app/router.ts'
import { client, serverUrl, useLive, useLoaded, useSoon } from '../../app/server.ts'
import { useTitle } from '../../app/title.ts'
import { exact, metric } from '../../ui/format.ts'
import { Failure, Time } from '../../ui/parts.tsx'
import { Crumbs } from '../frame/crumbs.tsx'
import { words as frame } from '../frame/words.ts'
import { ArtifactBrowser } from '../artifacts/artifact-browser.tsx'
import { parseMlModel } from '../artifacts/decode/mlmodel.ts'
import { fileOf, modelShelf } from '../artifacts/shelf.ts'
import { Facts, Signature, Snippets } from '../artifacts/viewers/model-parts.tsx'
import { PairList } from '../runs/pair-list.tsx'
import '../runs/run-page.css'
import { lineageId } from './lineage-facts.ts'
import { Lineage } from './lineage.tsx'
import { words } from './words.ts'
import './models.css'

/** A logged model: what a run made, registered or not. */
export function LoggedModelPage({ id, path, line }: { id: string; path: string; line: number | undefined }): ReactNode {
  const shelf = useMemo(() => modelShelf(client, id), [id])
  const { data, error, reload } = useLoaded(words.loggedModel(id), async () => {
    const model = await client.loggedModels.get(id)
    const entry = (await shelf.list('').catch(() => [])).find((one) => one.path === 'MLmodel')
    const source = model.info.source_run_id
    const [ml, run, versions, name] = await Promise.all([
      entry === undefined ? undefined : fileOf(client, shelf, entry).read(0, entry.size).then((bytes) => parseMlModel(new TextDecoder().decode(bytes))).catch(() => undefined),
      source ? client.runs.get(source).catch(() => undefined) : undefined,
      client.models.searchVersionsPage({ filter: source ? `run_id = '${source.replaceAll("'", "''")}'` : `source_path = 'models:/${id.replaceAll("'", "''")}'` }),
      client.experiments.get(model.info.experiment_id).then((found) => found.name, () => undefined),
    ])
    return { model, ml, run, name, versions: versions.items.filter(({ model_id, source: from }) => model_id === id || from === `models:/${id}`) }
  })
  useTitle(data?.model.info.name ?? words.model)
  const readSoon = useSoon(reload)
  const experiment = data?.model.info.experiment_id
  useLive(`logged model ${id} ${experiment ?? ''}`, { types: ['logged-model'], ...(experiment !== undefined && { experimentIds: [experiment] }) }, (message) => { if ((message.type === 'logged-model' && message.data.model_id === id) || message.type === 'resync') readSoon() })
  if (error !== undefined && data === undefined) return <><div className="head"><h1>{words.model}</h1></div><Failure error={error} retry={reload} /></>
  if (data === undefined) return <p className="soft">{words.loading}</p>
  const { model: { info, data: values }, ml, run, versions, name } = data
  return (
    <>
      <div className="head">
        <Crumbs items={[[frame.pages.experiments, href.experiments()], [name ?? info.experiment_id, href.experiment(info.experiment_id)], ...(run === undefined ? [] : [[run.info.run_name ?? run.info.run_id, href.run(run.info.run_id)] as const])]} />
        <h1>{info.name}</h1><span className="soft">{words.made(info.status.replace('LOGGED_MODEL_', '').toLowerCase().replaceAll('_', ' '))} <Time ms={Number(info.creation_timestamp_ms)} /></span>
        <span className="chips">{versions.map(({ name, version }) => <a key={`${name} ${version}`} className="stage" href={href.version(name, version)}>{name} {version}</a>)}</span>
      </div>
      <div className="run">
        <div className="version-main">
          <section><h2>{words.signature}</h2>{ml === undefined ? <p className="soft">{words.thisModelHasNo} <code>MLmodel</code> {words.thatCanBeRead}</p> : <Signature model={ml} />}</section>
          <section><h2>{words.loadAndServe}</h2><Snippets uri={`models:/${info.model_id}`} serverUrl={serverUrl} inputs={ml?.inputs ?? []} /></section>
          <section><h2>{words.lineage}</h2><Lineage start={{ model: data.model }} here={lineageId.model(id)} /></section>
        </div>
        <div className="details">
          <section aria-label={words.about}><h2>{words.about}</h2><Facts rows={[[words.id, info.model_id], ...(info.model_type ? [[words.type, info.model_type] as const] : []), [words.madeAt, exact(Number(info.creation_timestamp_ms))], [words.files, info.artifact_uri]]} /></section>
          <PairList title={words.metrics} pairs={(values.metrics ?? []).filter(({ key }) => !key.startsWith('system/')).map(({ key, value, dataset_name }) => ({ name: dataset_name ? words.metricOn(key, dataset_name) : key, value: metric(value), text: String(value) }))} />
          <PairList title={words.params} pairs={(values.params ?? []).map(({ key, value }) => ({ name: key, value, text: value }))} />
          <PairList title={words.tags} pairs={(info.tags ?? []).filter(({ key }) => !key.startsWith('mlflow.')).map(({ key, value }) => ({ name: key, value, text: value }))} />
        </div>
      </div>
      <h2>{words.files}</h2>
      <ArtifactBrowser shelf={shelf} path={path} line={line} go={go} hrefOf={(to, at) => href.loggedModelArtifact(id, to, at)} empty={<p className="soft">{words.thisModelHasNoFiles}</p>} />
    </>
  )
}
