import { useRef, useState, type ReactNode } from 'react'
import type { AuditEntry, ModelVersion } from '@cairn/protocol'
import { readModel, readVersions } from '../../app/readings.ts'
import { go, href } from '../../app/router.ts'
import { useMayEdit } from '../../app/may-edit.ts'
import { useLive, useLoaded, useSoon } from '../../app/server.ts'
import { useShortcuts } from '../../app/shortcuts.ts'
import { useTitle } from '../../app/title.ts'
import { count } from '../../ui/format.ts'
import { Failure, Time } from '../../ui/parts.tsx'
import { useModelDrift } from '../drift/use-drift.ts'
import { Crumbs } from '../frame/crumbs.tsx'
import { Notes } from '../notes/notes.tsx'
import { modelDescription } from '../notes/places.ts'
import '../runs/run-page.css'
import { gathered, isOfModel, sentence, undoable, withReasons } from './history.ts'
import './models.css'
import { Promote, RollBack } from './promote.tsx'
import { ServedBy, ServesVersion, useEndpointsOf } from './served-by.tsx'
import { useHistory } from './use-history.ts'
import { usePatience } from './use-patience.ts'
import { useVersionMetrics } from './use-version-metrics.ts'
import { VersionCompare } from './version-compare.tsx'
import { MetricCell } from './metric-cell.tsx'
import { words } from './words.ts'

/** A model: its versions, who moved what, and the ways to move it. */
export function ModelPage({ name, compare }: { name: string; compare: readonly string[] }): ReactNode {
  const model = useLoaded(readModel(name).key, readModel(name).load)
  const versions = useLoaded(readVersions(name).key, readVersions(name).load)
  const history = useHistory(`model ${name}`, { entity_name: name })
  const [promoted, setPromoted] = useState<ModelVersion>()
  const [undone, setUndone] = useState<AuditEntry>()
  const mayEdit = useMayEdit('registered_model', name)
  const endpoints = useEndpointsOf(name)
  const drifts = useModelDrift(name, { columns: 1 })
  const { metrics, reading } = useVersionMetrics(name, versions.data?.items ?? [])
  // Metrics are columns: where they come at once nothing of the table moves for them.
  const waits = usePatience(versions.data !== undefined, reading, 300)
  useTitle(name)
  const candidate = useRef<ModelVersion>(undefined)
  useShortcuts([{ keys: 'p', what: words.promoteTheChosenVersionElse, where: words.model, act: () => { if (mayEdit === true && candidate.current !== undefined) setPromoted(candidate.current) } }])
  const reload = (): void => {
    model.reload()
    versions.reload()
    history.reload()
  }
  const readSoon = useSoon(reload)
  useLive(`model ${name}`, { types: ['registry'] }, (message) => { if ((message.type === 'registry' && message.data.name === name) || message.type === 'resync') readSoon() })
  const error = model.error ?? versions.error
  if (error !== undefined && model.data === undefined) return <><div className="head"><h1>{name}</h1></div><Failure error={error} retry={reload} /></>
  if (model.data === undefined || versions.data === undefined || waits) return <p className="soft">{words.loading}</p>
  const { aliases = [] } = model.data
  // A search answers versions without their aliases.
  const all = versions.data.items.map((version) => ({ ...version, aliases: aliases.filter((one) => one.version === version.version).map(({ alias }) => alias) }))
  const toggle = (version: string): void => go(href.model(name, compare.includes(version) ? compare.filter((one) => one !== version) : [...compare, version]), 'replace')
  const chosen = all.filter(({ version }) => compare.includes(version)).toSorted((a, b) => Number(a.version) - Number(b.version))
  candidate.current = chosen.length === 1 ? chosen[0] : all.toSorted((a, b) => Number(b.version) - Number(a.version))[0]
  // What others are measured against: who answers in production, by its usual name.
  const baseline = aliases.find(({ alias }) => alias === 'champion') ?? aliases[0]
  const keys = metrics?.keys ?? []
  // Columns in which nothing stands would take the room of what does.
  const staged = all.some(({ current_stage }) => current_stage !== 'None')
  const described = all.some(({ description }) => description !== undefined && description !== '')
  return (
    <>
      <div className="head">
        <Crumbs items={[[words.models, href.models()]]} />
        <h1>{name}</h1><span className="soft">{words.changed(count(all.length, 'version'))} <Time ms={Number(model.data.last_updated_timestamp)} /></span>
        <span className="chips">{(model.data.aliases ?? []).map(({ alias, version }) => <a key={alias} className="alias" href={href.version(name, version)}>{alias} → {version}</a>)}</span>
      </div>
      <Notes title={words.description} text={model.data.description ?? ''} draftKey={`cairn:notes:model ${name}`} place={modelDescription(name, readSoon)} mayEdit={mayEdit} />
      <ServedBy endpoints={endpoints} drifts={drifts.data?.versions ?? []} />
      <h2>{words.versions}</h2>
      {all.length === 0 && <p className="soft">{words.thisModelHasNoVersions}</p>}
      {all.length > 0 && (
        <div className="scroll named versions" tabIndex={0} role="region" aria-label={words.versions}>
          <table>
            <thead><tr><th scope="col">{words.version}</th><th scope="col">{words.aliases}</th>{staged && <th scope="col">{words.stage}</th>}{endpoints.length > 0 && <th scope="col">{words.servedBy}</th>}{keys.map((key) => <th key={key} scope="col" className="number" title={baseline === undefined ? key : words.andHowFarItIs(key, baseline.alias)}>{key}</th>)}<th scope="col">{words.registered}</th><th scope="col">{words.from}</th>{described && <th scope="col">{words.description}</th>}<th scope="col">{words.compare}</th><th scope="col"><span className="visually-hidden">{words.actions}</span></th></tr></thead>
            <tbody>
              {all.map((version) => (
                <tr key={version.version}>
                  <th scope="row"><a href={href.version(name, version.version)}>{words.versionOfVersion(version.version)}</a>{version.status !== 'READY' && <span className="error"> {version.status.toLowerCase().replaceAll('_', ' ')}</span>}</th>
                  <td><span className="chips">{version.aliases.map((alias) => <span key={alias} className="alias">{alias}</span>)}</span></td>
                  {staged && <td>{version.current_stage === 'None' ? <span className="soft">–</span> : <span className="stage" data-stage={version.current_stage}>{version.current_stage}</span>}</td>}
                  {endpoints.length > 0 && <td><ServesVersion endpoints={endpoints} version={version.version} /></td>}
                  {keys.map((key) => <td key={key} className="number"><MetricCell name={key} value={metrics?.values.get(version.version)?.get(key)} against={baseline === undefined || baseline.version === version.version ? undefined : metrics?.values.get(baseline.version)?.get(key)} /></td>)}
                  <td><Time ms={Number(version.creation_timestamp)} />{version.user_id !== undefined && version.user_id !== '' && <span className="soft"> {words.byUserid(version.user_id)}</span>}</td>
                  <td>{version.run_id !== undefined && version.run_id !== '' ? <a href={href.run(version.run_id)}>{words.run(version.run_id.slice(0, 8))}</a> : version.model_id !== undefined && version.model_id !== '' ? <a href={href.loggedModel(version.model_id)}>{words.modelLower}</a> : <span className="soft">–</span>}</td>
                  {described && <td>{version.description}</td>}
                  <td><input type="checkbox" aria-label={words.compareVersion(version.version)} checked={compare.includes(version.version)} onChange={() => toggle(version.version)} /></td>
                  <td>{mayEdit === true && <button type="button" className="button small" aria-label={words.promoteVersion(version.version)} onClick={() => setPromoted(version)}>{words.promote}</button>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {chosen.length === 1 && <p className="soft" role="status">{words.chooseAnotherVersionToCompare}</p>}
      {chosen.length > 1 && <section className="version-compare" aria-label={words.comparison}><VersionCompare versions={chosen} /></section>}
      <section className="history" aria-label={words.history}>
        <h2>{words.history}</h2>
        {history.error !== undefined && <Failure error={history.error} retry={history.reload} />}
        <ol>
          {gathered(withReasons(history.entries.filter(isOfModel))).map(({ entry, reason, times }) => (
            <li key={entry.entry_id}><span><b>{entry.principal}</b> {sentence(entry)}{times !== undefined && words.soManyTimes(times)}{reason !== undefined && <span className="why">{reason}</span>}</span><span className="soft"><Time ms={Number(entry.timestamp)} /></span>
              {mayEdit === true && undoable(entry) !== undefined && <button type="button" className="link" aria-label={words.rollBackOfSentence(sentence(entry))} onClick={() => setUndone(entry)}>{words.rollBack}</button>}
            </li>
          ))}
        </ol>
        {history.more && <button type="button" className="button" disabled={history.reading} onClick={() => void history.readOn()}>{words.showMore}</button>}
      </section>
      {promoted !== undefined && <Promote model={model.data} version={promoted} versions={all} endpoints={endpoints} onDone={reload} onClose={() => setPromoted(undefined)} />}
      {undone !== undefined && <RollBack name={name} entry={undone} current={model.data.aliases?.find(({ alias }) => alias === undone.key)?.version} endpoints={endpoints} onDone={reload} onClose={() => setUndone(undefined)} />}
    </>
  )
}
