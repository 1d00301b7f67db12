import type { ReactNode } from 'react'
import { latencyQuantile, seenInStep, slowerThan, slowLimit, stepPolicy, type ServingEndpoint } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { Button } from '../../ui/button.tsx'
import { count } from '../../ui/format.ts'
import { Time } from '../../ui/parts.tsx'
import { percentText } from './endpoint-state.ts'
import { msText, shareText } from './load.tsx'
import { words } from './words.ts'

export interface RolloutCardProps {
  readonly endpoint: ServingEndpoint
  readonly mayEdit: boolean
  onPause(pause: boolean): void
  onPromote(): void
  onTakeBack(): void
}

/** A version that is tried: which step it is in, and what each check says so far, of all processes together. */
export function RolloutCard({ endpoint, mayEdit, onPause, onPromote, onTakeBack }: RolloutCardProps): ReactNode {
  const rollout = endpoint.rollout!
  const { version, steps, step } = rollout
  const { tried, others, seconds, processes, waitingFor } = seenInStep(endpoint)
  const policy = stepPolicy(rollout)
  const enough = others.requests >= policy.minRequests
  const limit = slowLimit(others, policy)
  const slow = slowerThan(tried.took, limit)
  const { compared = 0, disagreed = 0 } = tried
  const rate = (wrong: number, of: number): string => (of === 0 ? '–' : shareText(wrong / of))
  return (
    <section className="card rollout" aria-label={`Rollout of version ${version}`}>
      <div className="card-head">
        <h2>Trying <a href={href.version(endpoint.model_name, version)}>version {version}</a></h2>
        <span className="soft">since <Time ms={Number(rollout.started_timestamp)} />{rollout.paused === true && ', paused'}</span>
        <span className="spacer" />
        {mayEdit && (
          <>
            <Button size="small" icon={rollout.paused === true ? 'play' : 'pause'} onClick={() => onPause(rollout.paused !== true)}>{rollout.paused === true ? words.resume : words.pause}</Button>
            <Button size="small" onClick={onPromote}>Promote now…</Button>
            <Button size="small" kind="danger" onClick={onTakeBack}>Take back…</Button>
          </>
        )}
      </div>
      <ol className="steps">
        {steps.map((percent, at) => <li key={at} data-state={at < step ? 'passed' : at === step ? 'now' : 'later'} {...(at === step && { 'aria-current': 'step' as const })}><b>{percentText(percent)}</b><span>{at < step ? 'passed' : at === step ? (rollout.paused === true ? 'paused' : 'now') : 'later'}</span></li>)}
        <li data-state="later"><b>100 %</b><span>promoted</span></li>
      </ol>
      <dl className="checks">
        <Check name="Requests" part={tried.requests / policy.minRequests} value={`${tried.requests.toLocaleString('en')} of ${policy.minRequests.toLocaleString('en')}`} note={`at ${count(processes, 'process', 'processes')} together`} />
        <Check name="Time" part={policy.minSeconds === 0 ? 1 : seconds / policy.minSeconds} value={`${Math.floor(seconds)} of ${policy.minSeconds} s`} note="at least" />
        <Check name="Errors" value={rate(tried.errors, tried.requests)} note={`the others ${rate(others.errors, others.requests)}; up to ${shareText(policy.maxErrorIncrease)} more is allowed`} bad={tried.requests > 0 && tried.errors / tried.requests > (others.requests === 0 ? 0 : others.errors / others.requests) + policy.maxErrorIncrease} />
        <Check name="Slow answers" value={enough ? `${slow} over ${msText(limit)}` : '–'} note={enough ? `p99 ${msText(latencyQuantile(tried.took, 0.99))}, the others ${msText(latencyQuantile(others.took, 0.99))}` : `after ${policy.minRequests.toLocaleString('en')} answers of the others, to compare with`} bad={enough && slow > tried.requests / 100} />
        {policy.maxDisagreement !== undefined && <Check name="Different answers" value={rate(disagreed, compared)} note={`of ${compared.toLocaleString('en')} compared; up to ${shareText(policy.maxDisagreement)} is allowed`} bad={compared > 0 && disagreed / compared > policy.maxDisagreement} />}
        {waitingFor.length > 0 && <Check name="Waits for" value={count(waitingFor.length, 'process', 'processes')} note={`${[...new Set(waitingFor)].slice(0, 5).join(', ')}: making the version ready`} />}
      </dl>
    </section>
  )
}

function Check({ name, value, note, part, bad = false }: { name: string; value: string; note: string; part?: number; bad?: boolean }): ReactNode {
  return (
    <div className="check" data-bad={bad}>
      <dt>{name}</dt>
      <dd><b>{value}</b>{part !== undefined && <progress max={1} value={Math.min(1, part)} aria-label={name} />}<span className="soft">{note}</span></dd>
    </div>
  )
}
