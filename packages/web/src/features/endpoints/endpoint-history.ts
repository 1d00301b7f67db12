import type { AuditEntry, ServingEndpoint } from '@cairn/protocol'
import { sentence as modelSentence, undoable as undoableAlias, versionBefore } from '../models/history.ts'
import { percentText, trafficText } from './endpoint-state.ts'
import { words } from './words.ts'

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
  const moved = after.moved === undefined ? '' : words.whichMovedToVersion(after.moved.alias, after.moved.from === undefined ? '' : words.fromVersion(after.moved.from), after.moved.to)
  switch (entry.action) {
    case 'create': return words.namedTheEndpointFor(after.model_name, trafficText(after.traffic ?? []))
    case 'set_traffic': return words.setTheTrafficTo(trafficText(after.traffic ?? []))
    case 'start_rollout': return words.beganToTryVersionOn(entry.version, (after.rollout?.steps ?? []).map(percentText).join(words.nextStep))
    case 'advance_rollout': return words.gaveVersionItPassed(entry.version, percentText(after.rollout?.steps[after.rollout.step] ?? 0), percentText(before.rollout?.steps[before.rollout.step] ?? 0))
    case 'pause_rollout': return words.pausedTheRolloutOfVersion(entry.version)
    case 'resume_rollout': return words.letTheRolloutOfVersion(entry.version)
    case 'stop_rollout': return words.tookVersionBack(entry.version)
    case 'promote': return words.promotedVersion(entry.version, moved)
    case 'rollback': return words.rolledBackTo(trafficText(after.traffic ?? []), moved)
    case 'delete': return words.deletedTheEndpoint
  }
  if (JSON.stringify(before.shadow) !== JSON.stringify(after.shadow)) {
    return after.shadow === undefined ? words.endedTheShadow : words.asksInTheShadowWith(after.shadow.alias ?? words.versionNumber(after.shadow.version), percentText(after.shadow.sample * 100))
  }
  return after.sticky_header === undefined ? words.endedThatClientsStayWith : words.keepsClientsWithOneVersion(after.sticky_header)
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
  const ends = endpoint.rollout === undefined ? [] : [words.versionWhichIsTriedGets(endpoint.rollout.version)]
  if (entry === undefined) return ends.length > 0 ? [...ends, words.theOthersAnswerAll(trafficText(endpoint.traffic))] : [words.thereIsNoChangeOf]
  if (entry.entity !== 'endpoint') return [...ends, words.movesBackToVersionAnd(entry.key, present === undefined ? '' : words.fromVersion(present), versionBefore(entry) ?? 'none')]
  const moved = recorded(entry.after).moved
  return [
    ...ends, words.theTrafficIsAgain(trafficText(recorded(entry.before).traffic ?? [])),
    ...(moved === undefined ? [] : [words.movesBackToVersionWhoever(moved.alias, moved.from ?? 'none', endpoint.model_name, moved.alias)]),
    words.processesThatStillHaveIt,
  ]
}
