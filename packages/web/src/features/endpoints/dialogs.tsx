import { useState, type ReactNode } from 'react'
import type { AuditEntry } from '@cairn/protocol'
import { client } from '../../app/server.ts'
import { Checkbox, Select, TextField } from '../../ui/field.tsx'
import { ChangeDialog } from '../models/change-dialog.tsx'
import { followed, rollbackEffects } from './endpoint-history.ts'
import { percentText, sharesOf, trafficText } from './endpoint-state.ts'
import { targetOf, type DialogProps } from './traffic-dialog.tsx'

/** Gives one version everything. */
export function PromoteDialog({ endpoint, targets, onDone, onClose }: DialogProps): ReactNode {
  const [shown] = useState(endpoint)
  const { name, model_name, rollout, traffic } = shown
  const serving = traffic.length === 1 ? traffic[0]!.version : undefined
  const [version, setVersion] = useState(rollout?.version ?? targets.versions.find((one) => one.version !== serving)?.version ?? '')
  const alias = followed(shown)
  const nothing = version === '' || (version === serving && rollout === undefined)
  const effects = nothing ? ['Nothing: it answers all requests already.'] : [
    `Version ${version} answers all requests. Now: ${trafficText(traffic)}.`,
    ...(alias === undefined || version === serving ? [] : [`${alias} moves from version ${serving ?? 'none'} to version ${version}: whoever loads models:/${model_name}@${alias} gets version ${version} from then on.`]),
    ...(rollout === undefined ? [] : [rollout.version === version ? 'The rollout ends before its checks have.' : `The rollout of version ${rollout.version} ends, and it gets nothing.`]),
    'It is made ready beside those that answer, and then takes over; no request fails.',
  ]
  const act = async (reason: string): Promise<void> => {
    await client.endpoints.promote({ name, version, reason, revision: shown.revision })
    onDone()
  }
  return (
    <ChangeDialog title={`Promote a version at ${name}`} action="Promote" effects={effects} onAct={act} onClose={onClose} disabled={nothing}>
      <Select label="Version" value={version} options={targets.versions.map((one) => [one.version, label(one.version, targets.aliases)] as const)} onChange={setVersion} />
    </ChangeDialog>
  )
}

const label = (version: string, aliases: DialogProps['targets']['aliases']): string => {
  const names = aliases.filter((one) => one.version === version).map(({ alias }) => alias)
  return `version ${version}${names.length === 0 ? '' : ` (${names.join(', ')})`}`
}

/** Takes back what is tried, or a change of the traffic. */
export function RollBackDialog({ endpoint, targets, entry, given, onDone, onClose }: DialogProps & { readonly entry: AuditEntry | undefined; /** Whether this entry was asked for, rather than the last change. */ readonly given: boolean }): ReactNode {
  const [shown] = useState(endpoint)
  const effects = rollbackEffects(shown, entry, entry?.key === undefined ? undefined : targets.versionOf(`@${entry.key}`))
  const act = async (reason: string): Promise<void> => {
    await client.endpoints.rollback({ name: shown.name, reason, revision: shown.revision, ...(given && entry !== undefined && { entry_id: entry.entry_id }) })
    onDone()
  }
  return <ChangeDialog title={`Roll ${shown.name} back`} action="Roll back" effects={effects} onAct={act} onClose={onClose} disabled={entry === undefined && shown.rollout === undefined} />
}

/** Tries a version step by step. */
export function TryDialog({ endpoint, targets, onDone, onClose }: DialogProps): ReactNode {
  const [shown] = useState(endpoint)
  const serving = new Set(sharesOf(shown).filter(({ tried }) => !tried).map(({ version }) => version))
  const free = targets.versions.filter(({ version }) => !serving.has(version))
  const [version, setVersion] = useState(free[0]?.version ?? '')
  const [steps, setSteps] = useState('10, 50')
  const [requests, setRequests] = useState('100')
  const [seconds, setSeconds] = useState('30')
  const [compare, setCompare] = useState(false)
  const [different, setDifferent] = useState('2')
  const percents = steps.split(/[\s,;]+/).filter((text) => text !== '').map(Number)
  const problem = version === '' ? 'There is no other version to try.'
    : percents.length === 0 || !percents.every((percent, at) => percent > (percents[at - 1] ?? 0) && percent <= 100) ? 'The steps are percents that grow, at most 100: 10, 50'
      : !(Number(requests) >= 1) || !(Number(seconds) >= 0) || (compare && !(Number(different) >= 0 && Number(different) <= 100)) ? 'The checks are no numbers.' : undefined
  const effects = problem !== undefined ? [`Nothing yet. ${problem}`] : [
    ...(shown.rollout === undefined ? [] : [`The rollout of version ${shown.rollout.version} ends, and it gets nothing.`]),
    `Version ${version} gets ${percents.map(percentText).join(', then ')} of the requests; the others share the rest as now.`,
    `Each step lasts at least ${seconds} s and ${requests} requests, at all processes together.`,
    `It is taken back by itself when it fails, is slow${compare ? `, or answers otherwise in more than ${different} % of the cases` : ''}, beyond chance; after the last step it is promoted by itself.`,
  ]
  const act = async (reason: string): Promise<void> => {
    await client.endpoints.setTraffic({ name: shown.name, reason, revision: shown.revision, rollout: { version, steps: percents, min_requests: Number(requests), min_seconds: Number(seconds), ...(compare && { max_disagreement: Number(different) / 100 }) } })
    onDone()
  }
  return (
    <ChangeDialog title={`Try a version at ${shown.name}`} action="Begin" effects={effects} onAct={act} onClose={onClose} disabled={problem !== undefined}>
      <div className="try-fields">
        <Select label="Version" value={version} options={free.map((one) => [one.version, label(one.version, targets.aliases)] as const)} onChange={setVersion} />
        <TextField label="Percents, one step after the other" showLabel value={steps} onChange={(event) => setSteps(event.target.value)} />
        <TextField label="Requests in each step" showLabel inputMode="numeric" value={requests} onChange={(event) => setRequests(event.target.value)} />
        <TextField label="Seconds in each step" showLabel inputMode="numeric" value={seconds} onChange={(event) => setSeconds(event.target.value)} />
        <Checkbox label="Compare its answers with the others’" checked={compare} onChange={setCompare} />
        {compare && <TextField label="Percent that may differ" showLabel inputMode="decimal" value={different} onChange={(event) => setDifferent(event.target.value)} />}
      </div>
    </ChangeDialog>
  )
}

/** Asks a version beside those that answer, or ends that. */
export function ShadowDialog({ endpoint, targets, onDone, onClose }: DialogProps): ReactNode {
  const [shown] = useState(endpoint)
  const [key, setKey] = useState(shown.shadow === undefined ? targets.versions[0]?.version ?? '' : shown.shadow.alias === undefined ? shown.shadow.version ?? '' : `@${shown.shadow.alias}`)
  const [percent, setPercent] = useState(shown.shadow === undefined ? 10 : Math.round(shown.shadow.sample * 100))
  const name = targets.options.find((option) => option.key === key)?.label ?? key
  const effects = percent === 0
    ? [shown.shadow === undefined ? 'Nothing: no version is asked in the shadow.' : 'No version is asked in the shadow any more.']
    : [`${percent} % of the requests go to ${name} too. Its answers are compared and dropped; nobody waits for them.`, ...(shown.load === undefined || shown.load.requests_per_second === 0 ? [] : [`That is some ${Number(((shown.load.requests_per_second * percent) / 100).toPrecision(3))} requests a second more for the machines that serve.`])]
  const act = async (reason: string): Promise<void> => {
    await client.endpoints.setTraffic({ name: shown.name, reason, revision: shown.revision, shadow: percent === 0 ? { sample: 0 } : { ...targetOf(key), sample: percent / 100 } })
    onDone()
  }
  return (
    <ChangeDialog title={`Shadow of ${shown.name}`} action={percent === 0 ? 'End the shadow' : 'Set the shadow'} effects={effects} onAct={act} onClose={onClose} disabled={key === '' || (percent === 0 && shown.shadow === undefined)}>
      <ul className="weights"><li>
        <Select label="Version" showLabel={false} value={key} options={targets.options.map((option) => [option.key, option.label] as const)} onChange={setKey} />
        <input type="range" min={0} max={100} value={percent} aria-label="Percent of the requests" aria-valuetext={`${percent} %`} onChange={(event) => setPercent(Number(event.target.value))} />
        <span className="weight-number"><b>{percent} %</b></span>
      </li></ul>
    </ChangeDialog>
  )
}
