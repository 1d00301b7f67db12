import { useMemo, useState, type ReactNode } from 'react'
import { printExactName } from '@cairn/protocol'
import { go, href } from '../../app/router.ts'
import { useMayEdit } from '../../app/may-edit.ts'
import { client, serverUrl, useLive, useLoaded, useSoon } from '../../app/server.ts'
import { useShortcuts } from '../../app/shortcuts.ts'
import { useTitle } from '../../app/title.ts'
import { exact, metric } from '../../ui/format.ts'
import { Failure, Time } from '../../ui/parts.tsx'
import { DriftReport } from '../drift/drift-report.tsx'
import { useModelDrift } from '../drift/use-drift.ts'
import { CommentsButton } from '../comments/comments.tsx'
import { Crumbs } from '../frame/crumbs.tsx'
import { Notes } from '../notes/notes.tsx'
import { versionDescription } from '../notes/places.ts'
import { ArtifactBrowser } from '../artifacts/artifact-browser.tsx'
import { parseMlModel } from '../artifacts/decode/mlmodel.ts'
import { Facts, Signature, Snippets } from '../artifacts/viewers/model-parts.tsx'
import { PairList } from '../runs/pair-list.tsx'
import '../runs/run-page.css'
import { lineageId } from './lineage-facts.ts'
import { Lineage } from './lineage.tsx'
import './models.css'
import { Promote } from './promote.tsx'
import { ServesVersion, useEndpointsOf } from './served-by.tsx'
import { versionFile, versionShelf } from './version-shelf.ts'
import { words } from './words.ts'

export interface VersionPageProps {
  readonly name: string
  readonly version: string
  readonly path: string
  readonly line: number | undefined
}

/** One version: signature, example, where it came from, how it is loaded and served, its files. */
export function VersionPage({ name, version, path, line }: VersionPageProps): ReactNode {
  const { data, error, reload } = useLoaded(`version ${name} ${version}`, async () => {
    const found = await client.models.getVersion(name, version)
    const [model, siblings, run, text] = await Promise.all([
      client.models.get(name), client.models.searchVersionsPage({ filter: printExactName(name), max_results: 1000 }),
      found.run_id ? client.runs.get(found.run_id).catch(() => undefined) : undefined, versionFile(client, found, 'MLmodel'),
    ])
    const ml = text === undefined ? undefined : parseMlModel(text)
    return { version: found, model, siblings: siblings.items, run, ml, example: ml?.example === undefined ? undefined : await versionFile(client, found, ml.example) }
  })
  const [promoting, setPromoting] = useState(false)
  const mayEdit = useMayEdit('registered_model', name)
  const endpoints = useEndpointsOf(name)
  const drifts = useModelDrift(name, { version })
  useShortcuts([{ keys: 'p', what: words.promoteThisVersion, where: words.version, act: () => { if (mayEdit === true) setPromoting(true) } }])
  useTitle(`${name} ${version}`)
  const readSoon = useSoon(reload)
  useLive(`version ${name}`, { types: ['registry'] }, (message) => { if ((message.type === 'registry' && message.data.name === name) || message.type === 'resync') readSoon() })
  const shelf = useMemo(() => (data === undefined ? undefined : versionShelf(client, data.version)), [data?.version.model_id, data?.version.run_id, data?.version.source])
  if (error !== undefined && data === undefined) return <><div className="head"><h1>{name} {version}</h1></div><Failure error={error} retry={reload} /></>
  if (data === undefined) return <p className="soft">{words.loading}</p>
  const { version: shown, run, ml } = data
  const alias = shown.aliases?.[0]
  const uri = alias === undefined ? `models:/${name}/${shown.version}` : `models:/${name}@${alias}`
  const held = data.model.aliases?.find((one) => one.alias === 'champion')?.version
  const champion = held === shown.version ? undefined : held
  const metrics = [...new Map([...(run?.data.metrics ?? []), ...(shown.model_metrics ?? [])].map(({ key, value }) => [key, value]))]
  const params = [...new Map([...(run?.data.params ?? []).map(({ key, value }) => [key, value] as const), ...(shown.model_params ?? []).map((param) => [param.name, param.value] as const)])]
  return (
    <>
      <div className="head">
        <Crumbs items={[[words.models, href.models()], [name, href.model(name)]]} />
        <h1>{words.versionOfVersion(shown.version)}</h1>
        <span className="chips">{(shown.aliases ?? []).map((one) => <span key={one} className="alias">{one}</span>)}{shown.current_stage !== 'None' && <span className="stage" data-stage={shown.current_stage}>{shown.current_stage}</span>}</span>
        <span className="soft">{words.registeredLower} <Time ms={Number(shown.creation_timestamp)} /></span>
        <span className="spacer" /><CommentsButton target={{ name, version: shown.version }} />{champion !== undefined && <a className="button small" href={href.model(name, [champion, shown.version])}>{words.compareWithChampion}</a>}{mayEdit === true && <button type="button" className="button small" aria-keyshortcuts="p" onClick={() => setPromoting(true)}>{words.promote}</button>}
      </div>
      <div className="run">
        <div className="version-main">
          <Notes title={words.description} text={shown.description ?? ''} draftKey={`cairn:notes:version ${name} ${shown.version}`} place={versionDescription(name, shown.version, readSoon)} mayEdit={mayEdit} />
          <section><h2>{words.signature}</h2>{ml === undefined ? <p className="soft">{words.no} <code>MLmodel</code> {words.canBeReadAt(shown.source)}</p> : <Signature model={ml} />}</section>
          <section><h2>{words.loadAndServe}</h2><Snippets uri={uri} serverUrl={serverUrl} inputs={ml?.inputs ?? []} /></section>
          {data.example !== undefined && <section><h2>{words.inputExample}</h2><pre className="example" tabIndex={0} aria-label={words.inputExample}><code>{indented(data.example)}</code></pre></section>}
          {(drifts.data?.versions.length ?? 0) > 0 && <DriftReport model={name} drifts={drifts} at="version" />}
          <section><h2>{words.lineage}</h2><Lineage start={{ version: shown }} here={lineageId.version(name, shown.version)} /></section>
        </div>
        <div className="details">
          <section aria-label={words.about}><h2>{words.about}</h2><Facts rows={[[words.registered, exact(Number(shown.creation_timestamp))], ...(shown.user_id ? [[words.by, shown.user_id] as const] : []), [words.servedBy, <ServesVersion key="endpoints" endpoints={endpoints} version={shown.version} />], [words.status, shown.status.toLowerCase().replaceAll('_', ' ')], [words.source, shown.source], ...(shown.run_id ? [[words.runTitle, <a key="run" href={href.run(shown.run_id)}>{run?.info.run_name ?? shown.run_id}</a>] as const] : []), ...(shown.model_id ? [[words.model, <a key="model" href={href.loggedModel(shown.model_id)}>{shown.model_id}</a>] as const] : [])]} /></section>
          <PairList title={words.metrics} pairs={metrics.filter(([key]) => !key.startsWith('system/')).map(([key, value]) => ({ name: key, value: metric(value), text: String(value) }))} />
          <PairList title={words.params} pairs={params.map(([key, value]) => ({ name: key, value, text: value }))} />
          <PairList title={words.tags} pairs={(shown.tags ?? []).map(({ key, value }) => ({ name: key, value, text: value }))} />
        </div>
      </div>
      <h2>{words.files}</h2>
      {shelf === undefined ? <p className="soft">{words.theFilesAreAtWhich(shown.source)}</p>
        : <ArtifactBrowser shelf={shelf} path={path} line={line} go={go} hrefOf={(to, at) => href.versionArtifact(name, shown.version, to, at)} empty={<p className="soft">{words.thisVersionHasNoFiles}</p>} />}
      {promoting && <Promote model={data.model} version={shown} versions={data.siblings} endpoints={endpoints} onDone={reload} onClose={() => setPromoting(false)} />}
    </>
  )
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2).slice(0, 20_000)
  } catch {
    return text.slice(0, 20_000)
  }
}
