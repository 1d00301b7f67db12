import type { AuditEntry } from '@cairn/protocol'
import { words } from './words.ts'

/** The tag under which a promotion's reason is kept: setting it stands in the history like any change. */
export const reasonTag = 'cairn.reason'

const value = (state: unknown, key: string): string | undefined => {
  const found = typeof state === 'object' && state !== null ? (state as Record<string, unknown>)[key] : undefined
  return found === undefined || found === null ? undefined : String(found)
}

export const versionBefore = (entry: AuditEntry): string | undefined => value(entry.before, 'version')
export const versionAfter = (entry: AuditEntry): string | undefined => value(entry.after, 'version')

/** Whoever may see everything is told of whatever bears the name, an experiment or an endpoint too. */
export const isOfModel = ({ entity }: AuditEntry): boolean => entity === 'registered_model' || entity === 'model_version'

const aliasActions = ['set_alias', 'delete_alias', 'rollback_alias']
const stageActions = ['transition_stage', 'archive', 'rollback_stage']

/** What an entry can be taken back by; undefined for what has no way back. */
export function undoable(entry: AuditEntry): 'alias' | 'stage' | undefined {
  if (aliasActions.includes(entry.action) && entry.key !== undefined) return 'alias'
  return stageActions.includes(entry.action) && entry.version !== undefined ? 'stage' : undefined
}

/** One change in a sentence. */
export function sentence(entry: AuditEntry): string {
  const { action, key, version } = entry
  const before = versionBefore(entry)
  const after = versionAfter(entry)
  switch (action) {
    case 'set_alias': return before === undefined ? words.setToVersion(key, after ?? version) : words.movedFromVersionToVersion(key, before, after ?? version)
    case 'delete_alias': return words.removed(key, before === undefined ? '' : words.fromVersion(before))
    case 'rollback_alias': return after === undefined ? words.rolledBackRemoved(key) : words.rolledBackToVersion(key, before === undefined ? '' : words.fromVersion(before), after)
    case 'transition_stage': case 'archive': return words.movedVersionFromTo(version, value(entry.before, 'stage') ?? 'None', value(entry.after, 'stage') ?? 'None')
    case 'rollback_stage': return words.rolledVersionBackTo(version, value(entry.after, 'stage') ?? 'None')
    case 'create': return version === undefined ? words.createdTheModel : words.registeredVersion(version)
    case 'delete': return version === undefined ? words.deletedTheModel : words.deletedVersion(version)
    case 'rename': return words.renamedTheModel
    case 'set_profile': return words.gaveVersionAProfile(version, value(entry.after, 'of') ?? words.dataThatWasGiven)
    case 'delete_profile': return words.forgotTheProfileOf(version)
    case 'update': return words.changedTheDescriptionOf(version === undefined ? words.theModel : words.versionNumber(version))
  }
  if (key === reasonTag) return words.gaveAReason(typeof entry.after === 'string' ? entry.after : value(entry.after, 'value') ?? '')
  const what = version === undefined ? words.theModel : words.versionNumber(version)
  return words.ofActionKeyWhat(action.replaceAll('_', ' '), key === undefined ? '' : ` ${key}`, what)
}

export interface Told {
  readonly entry: AuditEntry
  readonly reason?: string
  /** How many entries it stands for, where they are several. */
  readonly times?: number
}

const oneActMs = 60_000
const textOf = (state: unknown): string => (typeof state === 'string' ? state : value(state, 'value') ?? '')

/**
 * Changes with the reasons that were given for them: a promotion writes its reason to the version right
 * after it, so what the same person moved there last is what the reason is for. Newest first, as they came.
 */
export function withReasons(entries: readonly AuditEntry[]): Told[] {
  const reasons = new Map<string, string>()
  const taken = new Set<string>()
  for (const [at, entry] of entries.entries()) {
    if (entry.key !== reasonTag || entry.action !== 'set_tag') continue
    const of = entries.slice(at + 1).find((one) => undoable(one) !== undefined && one.principal === entry.principal)
    if (of === undefined || reasons.has(of.entry_id) || Number(entry.timestamp) - Number(of.timestamp) > oneActMs || ![of.version, versionAfter(of), versionBefore(of)].includes(entry.version)) continue
    reasons.set(of.entry_id, textOf(entry.after))
    taken.add(entry.entry_id)
  }
  return entries.flatMap((entry) => {
    if (taken.has(entry.entry_id)) return []
    const reason = reasons.get(entry.entry_id)
    return [{ entry, ...(reason !== undefined && { reason }) }]
  })
}

const oneSittingMs = 600_000

/** A description is saved while it is written: what somebody made of it in one sitting is told once. Newest first. */
export function gathered(told: readonly Told[]): Told[] {
  const found: Told[] = []
  let earliest: AuditEntry | undefined
  for (const one of told) {
    const { entry } = one
    const last = found.at(-1)
    const goesOn = last !== undefined && earliest !== undefined && isDescription(entry) && isDescription(last.entry) && entry.principal === last.entry.principal && entry.entity === last.entry.entity
      && entry.version === last.entry.version && Number(earliest.timestamp) - Number(entry.timestamp) <= oneSittingMs
    if (goesOn) found[found.length - 1] = { ...last, times: (last.times ?? 1) + 1 }
    else found.push(one)
    earliest = entry
  }
  return found
}

const isDescription = ({ action }: AuditEntry): boolean => action === 'update'
