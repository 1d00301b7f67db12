import { judgeStep, rolloutStep, seenInStep, stepPolicy, type EndpointServer, type ServingEndpoint } from '@cairn/protocol'

export interface Decision {
  readonly outcome: 'pass' | 'fail'
  readonly reason: string
}

/**
 * What the process that decides makes of a step: all that the processes said, with what it saw itself
 * (which is newer than what it said). Undefined while there is nothing to decide yet.
 */
export function decide(record: ServingEndpoint, own: EndpointServer): Decision | undefined {
  const { rollout, servers = [] } = record
  if (rollout === undefined || own.step !== rolloutStep(record)) return undefined
  const { tried, others, seconds, processes, waitingFor } = seenInStep({ ...record, servers: [...servers.filter(({ server_id }) => server_id !== own.server_id), own] })
  const verdict = judgeStep(tried, others, seconds, stepPolicy(rollout))
  if (verdict.kind === 'fail') return { outcome: 'fail', reason: processes > 1 ? `${verdict.reason}, at ${processes} processes together` : verdict.reason }
  if (verdict.kind === 'wait' || waitingFor.length > 0 || rollout.paused === true) return undefined
  return { outcome: 'pass', reason: `${tried.requests} requests at ${rollout.steps[rollout.step] ?? 0} % passed the checks${processes > 1 ? `, at ${processes} processes together` : ''}` }
}
