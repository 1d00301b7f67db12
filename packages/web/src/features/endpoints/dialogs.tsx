import { useState, type ReactNode } from 'react'
import type { AuditEntry } from '@cairn/protocol'
import { client } from '../../app/server.ts'
import { Checkbox, Select, TextField } from '../../ui/field.tsx'
import { ChangeDialog } from '../models/change-dialog.tsx'
import { followed, rollbackEffects } from './endpoint-history.ts'
import { percentText, sharesOf, trafficText } from './endpoint-state.ts'
import { targetOf, type DialogProps } from './traffic-dialog.tsx'
import { words } from './words.ts'

/** Gives one version everything. */
export function PromoteDialog({ endpoint, targets, onDone, onClose }: DialogProps): ReactNode {
  const [shown] = useState(endpoint)
  const { name, model_name, rollout, traffic } = shown
  const serving = traffic.length === 1 ? traffic[0]!.version : undefined
  const [version, setVersion] = useState(rollout?.version ?? targets.versions.find((one) => one.version !== serving)?.version ?? '')
  const alias = followed(shown)
  const nothing = version === '' || (version === serving && rollout === undefined)
  const effects = nothing ? [words.nothingItAnswersAllRequests] : [
    words.versionAnswersAllRequestsNow(version, trafficText(traffic)),
    ...(alias === undefined || version === serving ? [] : [words.movesFromVersionToVersion(alias, serving ?? 'none', version, model_name, alias, version)]),
    ...(rollout === undefined ? [] : [rollout.version === version ? words.theRolloutEndsBeforeIts : words.theRolloutOfVersionEnds(rollout.version)]),
    words.itIsMadeReadyBeside,
  ]
  const act = async (reason: string): Promise<void> => {
    await client.endpoints.promote({ name, version, reason, revision: shown.revision })
    onDone()
  }
  return (
    <ChangeDialog title={words.promoteAVersionAt(name)} action={words.promoteTitle} effects={effects} onAct={act} onClose={onClose} disabled={nothing}>
      <Select label={words.version} value={version} options={targets.versions.map((one) => [one.version, label(one.version, targets.aliases)] as const)} onChange={setVersion} />
    </ChangeDialog>
  )
}

const label = (version: string, aliases: DialogProps['targets']['aliases']): string => {
  const names = aliases.filter((one) => one.version === version).map(({ alias }) => alias)
  return `${words.versionNumber(version)}${names.length === 0 ? '' : ` (${names.join(', ')})`}`
}

/** Takes back what is tried, or a change of the traffic. */
export function RollBackDialog({ endpoint, targets, entry, given, onDone, onClose }: DialogProps & { readonly entry: AuditEntry | undefined; /** Whether this entry was asked for, rather than the last change. */ readonly given: boolean }): ReactNode {
  const [shown] = useState(endpoint)
  const effects = rollbackEffects(shown, entry, entry?.key === undefined ? undefined : targets.versionOf(`@${entry.key}`))
  const act = async (reason: string): Promise<void> => {
    await client.endpoints.rollback({ name: shown.name, reason, revision: shown.revision, ...(given && entry !== undefined && { entry_id: entry.entry_id }) })
    onDone()
  }
  return <ChangeDialog title={words.rollBackOfName(shown.name)} action={words.rollBackTitle} effects={effects} onAct={act} onClose={onClose} disabled={entry === undefined && shown.rollout === undefined} />
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
  const problem = version === '' ? words.thereIsNoOtherVersion
    : percents.length === 0 || !percents.every((percent, at) => percent > (percents[at - 1] ?? 0) && percent <= 100) ? words.theStepsArePercentsThat
      : !(Number(requests) >= 1) || !(Number(seconds) >= 0) || (compare && !(Number(different) >= 0 && Number(different) <= 100)) ? words.theChecksAreNoNumbers : undefined
  const effects = problem !== undefined ? [words.nothingYet(problem)] : [
    ...(shown.rollout === undefined ? [] : [words.theRolloutOfVersionEnds(shown.rollout.version)]),
    words.versionGetsOfTheRequests(version, percents.map(percentText).join(', then ')),
    words.eachStepLastsAtLeast(seconds, requests),
    words.itIsTakenBackBy(compare ? words.orAnswersOtherwiseInMore(different) : ''),
  ]
  const act = async (reason: string): Promise<void> => {
    await client.endpoints.setTraffic({ name: shown.name, reason, revision: shown.revision, rollout: { version, steps: percents, min_requests: Number(requests), min_seconds: Number(seconds), ...(compare && { max_disagreement: Number(different) / 100 }) } })
    onDone()
  }
  return (
    <ChangeDialog title={words.tryAVersionAt(shown.name)} action={words.begin} effects={effects} onAct={act} onClose={onClose} disabled={problem !== undefined}>
      <div className="try-fields">
        <Select label={words.version} value={version} options={free.map((one) => [one.version, label(one.version, targets.aliases)] as const)} onChange={setVersion} />
        <TextField label={words.percentsOneStepAfterThe} showLabel value={steps} onChange={(event) => setSteps(event.target.value)} />
        <TextField label={words.requestsInEachStep} showLabel inputMode="numeric" value={requests} onChange={(event) => setRequests(event.target.value)} />
        <TextField label={words.secondsInEachStep} showLabel inputMode="numeric" value={seconds} onChange={(event) => setSeconds(event.target.value)} />
        <Checkbox label={words.compareItsAnswersWithThe} checked={compare} onChange={setCompare} />
        {compare && <TextField label={words.percentThatMayDiffer} showLabel inputMode="decimal" value={different} onChange={(event) => setDifferent(event.target.value)} />}
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
    ? [shown.shadow === undefined ? words.nothingNoVersionIsAsked : words.noVersionIsAskedIn]
    : [words.ofTheRequestsGoTo(percent, name), ...(shown.load === undefined || shown.load.requests_per_second === 0 ? [] : [words.thatIsSomeRequestsA(Number(((shown.load.requests_per_second * percent) / 100).toPrecision(3)))])]
  const act = async (reason: string): Promise<void> => {
    await client.endpoints.setTraffic({ name: shown.name, reason, revision: shown.revision, shadow: percent === 0 ? { sample: 0 } : { ...targetOf(key), sample: percent / 100 } })
    onDone()
  }
  return (
    <ChangeDialog title={words.shadowOf(shown.name)} action={percent === 0 ? words.endTheShadow : words.setTheShadow} effects={effects} onAct={act} onClose={onClose} disabled={key === '' || (percent === 0 && shown.shadow === undefined)}>
      <ul className="weights"><li>
        <Select label={words.version} showLabel={false} value={key} options={targets.options.map((option) => [option.key, option.label] as const)} onChange={setKey} />
        <input type="range" min={0} max={100} value={percent} aria-label={words.percentOfTheRequests} aria-valuetext={`${percent} %`} onChange={(event) => setPercent(Number(event.target.value))} />
        <span className="weight-number"><b>{percent} %</b></span>
      </li></ul>
    </ChangeDialog>
  )
}
