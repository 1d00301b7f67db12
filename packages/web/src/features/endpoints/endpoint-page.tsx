import { useEffect, useState, type ReactNode } from 'react'
import type { AuditEntry, ServingEndpoint } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { useMayEdit } from '../../app/may-edit.ts'
import { client, useLive, useLoaded, useSoon } from '../../app/server.ts'
import { useShortcuts } from '../../app/shortcuts.ts'
import { useTitle } from '../../app/title.ts'
import { Button } from '../../ui/button.tsx'
import { grouped } from '../../ui/format.ts'
import { Failure, Time } from '../../ui/parts.tsx'
import { toast } from '../../ui/toast.tsx'
import { DriftReport } from '../drift/drift-report.tsx'
import { useEndpointDrift } from '../drift/use-drift.ts'
import { Crumbs } from '../frame/crumbs.tsx'
import { isOfModel } from '../models/history.ts'
import { lineageId } from '../models/lineage-facts.ts'
import { Lineage } from '../models/lineage.tsx'
import { useHistory } from '../models/use-history.ts'
import '../models/models.css'
import { CallIt } from './call-it.tsx'
import { PromoteDialog, RollBackDialog, ShadowDialog, TryDialog } from './dialogs.tsx'
import { canUndo, followed, historyOf, lastChange, reasonOf, sentence } from './endpoint-history.ts'
import { sharesOf, stateOf } from './endpoint-state.ts'
import { LoadFigures, shareText } from './load.tsx'
import { Processes } from './processes.tsx'
import { RolloutCard } from './rollout-card.tsx'
import { TrafficBar } from './traffic-bar.tsx'
import { TrafficDialog } from './traffic-dialog.tsx'
import { useQuiet } from './use-quiet.ts'
import { useTargets } from './use-targets.ts'
import { VersionsTable } from './versions-table.tsx'
import { words } from './words.ts'
import './endpoints.css'

type Open = 'traffic' | 'try' | 'promote' | 'shadow' | { readonly undo: AuditEntry | undefined; readonly given: boolean }

/** One endpoint: who answers, how that goes, what is tried, and what was changed by whom and why. */
export function EndpointPage({ name }: { name: string }): ReactNode {
  const { data, error, reload } = useLoaded(`endpoint ${name}`, () => client.endpoints.get(name))
  const targets = useTargets(data?.model_name)
  const own = useHistory(`endpoint ${name}`, { entity: 'endpoint', entity_name: name })
  const moves = useHistory(`model of endpoint ${data?.model_name ?? ''}`, data === undefined || data.model_name === '' ? undefined : { entity_name: data.model_name })
  const mayEdit = useMayEdit('registered_model', data?.model_name) === true
  const drifts = useEndpointDrift(name, data?.model_name)
  const [open, setOpen] = useState<Open>()
  // Moves of the alias that it follows stand among its own changes: as far back as these are told.
  const lacks = data !== undefined && followed(data) !== undefined && moves.more && !moves.reading && moves.error === undefined && own.entries.length > 0
    && Number(moves.entries.at(-1)?.entry_id ?? 0) > Number(own.entries.at(-1)!.entry_id)
  useEffect(() => { if (lacks) void moves.readOn() }, [lacks, moves.entries.length])
  useTitle(name)
  const readSoon = useSoon(reload)
  const allSoon = useSoon(() => {
    reload()
    targets.reload()
    own.reload()
    moves.reload()
  })
  useLive(`endpoint ${name}`, { types: ['endpoint', 'registry'] }, (message) => {
    if (message.type === 'endpoint' && message.data.name === name) {
      if (message.data.change !== 'rows') (message.data.change === 'report' ? readSoon : allSoon)()
    }
    else if (message.type === 'resync' || (message.type === 'registry' && message.data.name === data?.model_name)) allSoon()
  })
  useQuiet(data, (data?.load?.servers ?? 0) > 0, reload)
  const ready = mayEdit && data !== undefined && data.model_name !== '' && targets.data !== undefined
  useShortcuts([{ keys: 'p', what: words.promoteAVersion, where: words.endpoint, act: () => { if (ready) setOpen('promote') } }])
  if (error !== undefined && data === undefined) return <><div className="head"><Crumbs items={[[words.title, href.endpoints()]]} /><h1>{name}</h1></div><Failure error={error} retry={reload} /></>
  if (data === undefined) return <p className="soft">{words.loading}</p>
  const history = historyOf(data, own.entries, moves.entries.filter(isOfModel))
  const undo = lastChange(data, history)
  const done = (): void => {
    allSoon()
    toast({ text: words.isChangedItsProcessesTake(name) })
  }
  const close = (): void => setOpen(undefined)
  const pause = (paused: boolean): void => {
    client.endpoints.setTraffic({ name, pause: paused, revision: data.revision }).then(reload, (failure: unknown) => toast({ kind: 'bad', text: words.nothingWasChanged((failure as Error).message) }))
  }
  const dialog = { endpoint: data, targets: targets.data ?? { versions: [], aliases: [], options: [], versionOf: () => undefined }, onDone: done, onClose: close }
  return (
    <>
      <Head endpoint={data} />
      {data.model_name !== '' && (mayEdit ? (
        <div className="bar" role="group" aria-label={words.changeIt}>
          <Button icon="edit" disabled={!ready} onClick={() => setOpen('traffic')}>{words.setTraffic}</Button>
          <Button icon="flask" disabled={!ready} onClick={() => setOpen('try')}>{words.tryVersion}</Button>
          <Button icon="up" disabled={!ready} aria-keyshortcuts="p" onClick={() => setOpen('promote')}>{words.promote}</Button>
          <Button icon="undo" disabled={!ready || (undo === undefined && data.rollout === undefined)} onClick={() => setOpen({ undo, given: false })}>{words.rollBack}</Button>
          <Button icon="eye" disabled={!ready} onClick={() => setOpen('shadow')}>{words.shadow}</Button>
        </div>
      ) : <p className="soft">{words.readOnly}</p>)}
      {data.load !== undefined && <LoadFigures load={data.load} />}
      <div className="endpoint-grid">
        <div className="endpoint-main">
          <section className="card" aria-label={words.columns.traffic}><h2>{words.columns.traffic}</h2><TrafficBar shares={sharesOf(data)} /><VersionsTable endpoint={data} /></section>
          {data.rollout !== undefined && <RolloutCard endpoint={data} mayEdit={mayEdit} onPause={pause} onPromote={() => setOpen('promote')} onTakeBack={() => setOpen({ undo: undefined, given: false })} />}
          {data.shadow !== undefined && <ShadowCard endpoint={data} />}
          {data.model_name !== '' && <DriftReport model={data.model_name} drifts={drifts} at="endpoint" />}
          <section><h2>{words.columns.processes}</h2><Processes endpoint={data} /></section>
          <section><h2>{words.lineage}</h2><Lineage start={{ endpoint: data }} here={lineageId.endpoint(name)} /></section>
        </div>
        <div className="endpoint-side">
          <section><h2>{words.askIt}</h2><CallIt endpoint={data} /></section>
          <section className="history" aria-label={words.history}>
            <h2>{words.history}</h2>
            {own.error !== undefined && <Failure error={own.error} retry={own.reload} />}
            {own.error === undefined && moves.error !== undefined && <Failure error={moves.error} retry={moves.reload} />}
            <ol>
              {history.map((entry) => (
                <li key={entry.entry_id}>
                  <span><b>{entry.principal}</b> {sentence(entry)}{reasonOf(entry) !== undefined && <span className="why">{reasonOf(entry)}</span>}</span>
                  <span className="soft"><Time ms={Number(entry.timestamp)} /></span>
                  {ready && canUndo(entry) && <button type="button" className="link" aria-label={words.rollBackOfSentence(sentence(entry))} onClick={() => setOpen({ undo: entry, given: true })}>{words.rollBackTo}</button>}
                </li>
              ))}
            </ol>
            {own.more && <button type="button" className="button" disabled={own.reading} onClick={() => void own.readOn()}>{words.showMore}</button>}
          </section>
        </div>
      </div>
      {open === 'traffic' && <TrafficDialog {...dialog} />}
      {open === 'try' && <TryDialog {...dialog} />}
      {open === 'promote' && <PromoteDialog {...dialog} />}
      {open === 'shadow' && <ShadowDialog {...dialog} />}
      {typeof open === 'object' && <RollBackDialog {...dialog} entry={open.undo} given={open.given} />}
    </>
  )
}

function Head({ endpoint }: { endpoint: ServingEndpoint }): ReactNode {
  const { name, model_name, description, last_updated_timestamp, updated_by, sticky_header } = endpoint
  const state = stateOf(endpoint)
  return (
    <div className="head">
      <Crumbs items={[[words.title, href.endpoints()]]} />
      <h1>{name}</h1>
      <span className="serving-state" data-state={state}>{words.states[state]}</span>
      {model_name !== '' && <span className="answers-for">{words.answersFor} <a href={href.model(model_name)}>{model_name}</a></span>}
      <span className="soft">{words.changed} <Time ms={Number(last_updated_timestamp)} /> {words.byUpdatedby(updated_by)}</span>
      {sticky_header !== undefined && <span className="soft">{words.clientsStayWithAVersion} <code>{sticky_header}</code></span>}
      {description !== undefined && <p className="endpoint-description">{description}</p>}
    </div>
  )
}

/** A version that is asked too: how often it says something else. */
function ShadowCard({ endpoint }: { endpoint: ServingEndpoint }): ReactNode {
  const shadow = endpoint.shadow!
  const parts = (endpoint.servers ?? []).flatMap((server) => server.shadow ?? [])
  const sum = (name: 'requests' | 'errors' | 'compared' | 'disagreed'): number => parts.reduce((total, part) => total + Number(part[name] ?? 0), 0)
  const [compared, disagreed] = [sum('compared'), sum('disagreed')]
  return (
    <section className="card" aria-label={words.shadowTitle}>
      <h2>{words.inTheShadow} {shadow.version === undefined ? shadow.alias : <a href={href.version(endpoint.model_name, shadow.version)}>{shadow.alias ?? words.versionLower} {shadow.version}</a>}</h2>
      <dl className="checks">
        <div className="check"><dt>{words.askedToo}</dt><dd><b>{shareText(shadow.sample)}</b><span className="soft">{words.ofTheRequestsSoFar(grouped(sum('requests')))}</span></dd></div>
        <div className="check" data-bad={disagreed > 0}><dt>{words.differentAnswers}</dt><dd><b>{compared === 0 ? '–' : shareText(disagreed / compared)}</b><progress max={1} value={compared === 0 ? 0 : disagreed / compared} aria-label={words.differentAnswers} /><span className="soft">{words.ofCompared(grouped(disagreed), grouped(compared))}</span></dd></div>
        <div className="check" data-bad={sum('errors') > 0}><dt>{words.couldNotAnswer}</dt><dd><b>{grouped(sum('errors'))}</b><span className="soft">{words.timesNobodyWaitedForIt}</span></dd></div>
      </dl>
    </section>
  )
}
