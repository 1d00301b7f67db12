import type { AuditEntry, ServingEndpoint } from '@cairn/protocol'
import { sentence as modelSentence, undoable as undoableAlias, versionBefore } from '../models/history.ts'
import { percentText, trafficText } from './endpoint-state.ts'

interface Recorded {
  readonly model_name?: string
  readonly traffic?: readonly { version?: string; alias?: string; weight: number }[]
  readonly rollout?: { readonly version: string; readonly step: number; readonly steps: readonly number[] }
  readonly shadow?: { readonly version?: string; readonly alias?: string; readonly sample: number }
  readonly sticky_header?: string
  readonly reason?: string
  readonly moved?: { readonly alias: string; readonly from?: string; readonly to?: string }
}
const recorded = (state: unknown): Recorded => (typeof state === 'object' && state !== null ? state : {})

export const reasonOf = (entry: AuditEntry): string | undefined => recorded(entry.after).reason

/** One change in a sentence, without who and why. */
export function sentence(entry: AuditEntry): string {
  if (entry.entity !== 'endpoint') return modelSentence(entry)
  const [before, after] = [recorded(entry.before), recorded(entry.after)]
  const moved = after.moved === undefined ? '' : `, which moved ${after.moved.alias}${after.moved.from === undefined ? '' : ` from version ${after.moved.from}`} to version ${after.moved.to}`
  switch (entry.action) {
    case 'create': return `named the endpoint for ${after.model_name}: ${trafficText(after.traffic ?? [])}`
    case 'set_traffic': return `set the traffic to ${trafficText(after.traffic ?? [])}`
    case 'start_rollout': return `began to try version ${entry.version} on ${(after.rollout?.steps ?? []).map(percentText).join(', then ')}`
    case 'advance_rollout': return `gave version ${entry.version} ${percentText(after.rollout?.steps[after.rollout.step] ?? 0)}: it passed ${percentText(before.rollout?.steps[before.rollout.step] ?? 0)}`
    case 'pause_rollout': return `paused the rollout of version ${entry.version}`
    case 'resume_rollout': return `let the rollout of version ${entry.version} go on`
    case 'stop_rollout': return `took version ${entry.version} back`
    case 'promote': return `promoted version ${entry.version}${moved}`
    case 'rollback': return `rolled back to ${trafficText(after.traffic ?? [])}${moved}`
    case 'delete': return 'deleted the endpoint'
  }
  if (JSON.stringify(before.shadow) !== JSON.stringify(after.shadow)) {
    return after.shadow === undefined ? 'ended the shadow' : `asks ${after.shadow.alias ?? `version ${after.shadow.version}`} in the shadow with ${percentText(after.shadow.sample * 100)} of the requests`
  }
  return after.sticky_header === undefined ? 'ended that clients stay with a version' : `keeps clients with one version by the header ${after.sticky_header}`
}

const undoable = ['set_traffic', 'promote', 'rollback']
/** Whether the traffic from before a change can be brought back by its entry. */
export const canUndo = (entry: AuditEntry): boolean => (entry.entity === 'endpoint' ? undoable.includes(entry.action) : undoableAlias(entry) === 'alias')

/** The alias that an endpoint follows with all its traffic: who moves it changes the endpoint too. */
export const followed = ({ traffic }: Pick<ServingEndpoint, 'traffic'>): string | undefined => (traffic.length === 1 ? traffic[0]!.alias : undefined)

/** What concerns the endpoint, of its own history and its model's, newest first. */
export function historyOf(endpoint: ServingEndpoint, own: readonly AuditEntry[], model: readonly AuditEntry[]): AuditEntry[] {
  const alias = followed(endpoint)
  // A promotion of the endpoint moves the alias in the same moment: told once.
  const told = new Set(own.filter(({ after }) => recorded(after).moved !== undefined).map(({ timestamp }) => String(timestamp)))
  const moves = alias === undefined ? [] : model.filter((entry) => entry.key === alias && undoableAlias(entry) === 'alias' && !told.has(String(entry.timestamp)))
  return [...own, ...moves].toSorted((a, b) => Number(b.entry_id) - Number(a.entry_id))
}

/** The change that a rollback without an entry undoes; undefined where there is none, or a rollout would end. */
export const lastChange = (endpoint: ServingEndpoint, history: readonly AuditEntry[]): AuditEntry | undefined => (endpoint.rollout === undefined ? history.find(canUndo) : undefined)

/** What will be different after a rollback. */
export function rollbackEffects(endpoint: ServingEndpoint, entry: AuditEntry | undefined, present: string | undefined): string[] {
  const ends = endpoint.rollout === undefined ? [] : [`Version ${endpoint.rollout.version}, which is tried, gets no requests any more.`]
  if (entry === undefined) return ends.length > 0 ? [...ends, `The others answer all: ${trafficText(endpoint.traffic)}.`] : ['There is no change of the traffic to undo.']
  if (entry.entity !== 'endpoint') return [...ends, `${entry.key} moves${present === undefined ? '' : ` from version ${present}`} back to version ${versionBefore(entry) ?? 'none'}, and all requests with it.`]
  const moved = recorded(entry.after).moved
  return [
    ...ends, `The traffic is again ${trafficText(recorded(entry.before).traffic ?? [])}.`,
    ...(moved === undefined ? [] : [`${moved.alias} moves back to version ${moved.from ?? 'none'}: whoever loads models:/${endpoint.model_name}@${moved.alias} gets that from then on.`]),
    'Processes that still have it warm change over at once.',
  ]
}
