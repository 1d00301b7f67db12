import type { ReactNode } from 'react'
import { latencyQuantile, seenInStep, slowerThan, slowLimit, stepPolicy, type ServingEndpoint } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { Button } from '../../ui/button.tsx'
import { count, grouped } from '../../ui/format.ts'
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
    <section className="card rollout" aria-label={words.rolloutOfVersion(version)}>
      <div className="card-head">
        <h2>{words.trying} <a href={href.version(endpoint.model_name, version)}>{words.versionNumber(version)}</a></h2>
        <span className="soft">{words.sinceLower} <Time ms={Number(rollout.started_timestamp)} />{rollout.paused === true && words.paused}</span>
        <span className="spacer" />
        {mayEdit && (
          <>
            <Button size="small" icon={rollout.paused === true ? 'play' : 'pause'} onClick={() => onPause(rollout.paused !== true)}>{rollout.paused === true ? words.resume : words.pause}</Button>
            <Button size="small" onClick={onPromote}>{words.promoteNow}</Button>
            <Button size="small" kind="danger" onClick={onTakeBack}>{words.takeBack}</Button>
          </>
        )}
      </div>
      <ol className="steps">
        {steps.map((percent, at) => <li key={at} data-state={at < step ? 'passed' : at === step ? 'now' : 'later'} {...(at === step && { 'aria-current': 'step' as const })}><b>{percentText(percent)}</b><span>{at < step ? words.passed : at === step ? (rollout.paused === true ? words.pausedLower : words.now) : words.later}</span></li>)}
        <li data-state="later"><b>100 %</b><span>{words.promoted}</span></li>
      </ol>
      <dl className="checks">
        <Check name={words.requestsTitle} part={tried.requests / policy.minRequests} value={words.someOf(grouped(tried.requests), grouped(policy.minRequests))} note={words.atTogether(count(processes, 'process'))} />
        <Check name={words.timeTitle} part={policy.minSeconds === 0 ? 1 : seconds / policy.minSeconds} value={words.someOfSeconds(Math.floor(seconds), policy.minSeconds)} note={words.atLeast} />
        <Check name={words.columns.errors} value={rate(tried.errors, tried.requests)} note={words.theOthersUpToMore(rate(others.errors, others.requests), shareText(policy.maxErrorIncrease))} bad={tried.requests > 0 && tried.errors / tried.requests > (others.requests === 0 ? 0 : others.errors / others.requests) + policy.maxErrorIncrease} />
        <Check name={words.slowAnswers} value={enough ? words.slowerThan(slow, msText(limit)) : '–'} note={enough ? words.pTheOthers(msText(latencyQuantile(tried.took, 0.99)), msText(latencyQuantile(others.took, 0.99))) : words.afterAnswersOfTheOthers(grouped(policy.minRequests))} bad={enough && slow > tried.requests / 100} />
        {policy.maxDisagreement !== undefined && <Check name={words.differentAnswers} value={rate(disagreed, compared)} note={words.ofComparedUpToIs(grouped(compared), shareText(policy.maxDisagreement))} bad={compared > 0 && disagreed / compared > policy.maxDisagreement} />}
        {waitingFor.length > 0 && <Check name={words.waitsFor} value={count(waitingFor.length, 'process')} note={words.makingTheVersionReady([...new Set(waitingFor)].slice(0, 5).join(', '))} />}
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
