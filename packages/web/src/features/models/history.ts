import type { AuditEntry } from '@cairn/protocol'

/** The tag under which a promotion's reason is kept: setting it stands in the history like any change. */
export const reasonTag = 'cairn.reason'

const value = (state: unknown, key: string): string | undefined => {
  const found = typeof state === 'object' && state !== null ? (state as Record<string, unknown>)[key] : undefined
  return found === undefined || found === null ? undefined : String(found)
}

export const versionBefore = (entry: AuditEntry): string | undefined => value(entry.before, 'version')
export const versionAfter = (entry: AuditEntry): string | undefined => value(entry.after, 'version')

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
    case 'set_alias': return before === undefined ? `set ${key} to version ${after ?? version}` : `moved ${key} from version ${before} to version ${after ?? version}`
    case 'delete_alias': return `removed ${key}${before === undefined ? '' : ` from version ${before}`}`
    case 'rollback_alias': return after === undefined ? `rolled back: removed ${key}` : `rolled ${key} back${before === undefined ? '' : ` from version ${before}`} to version ${after}`
    case 'transition_stage': case 'archive': return `moved version ${version} from ${value(entry.before, 'stage') ?? 'None'} to ${value(entry.after, 'stage') ?? 'None'}`
    case 'rollback_stage': return `rolled version ${version} back to ${value(entry.after, 'stage') ?? 'None'}`
    case 'create': return version === undefined ? 'created the model' : `registered version ${version}`
    case 'delete': return version === undefined ? 'deleted the model' : `deleted version ${version}`
    case 'rename': return `renamed the model`
  }
  if (key === reasonTag) return `gave a reason: ${typeof entry.after === 'string' ? entry.after : value(entry.after, 'value') ?? ''}`
  const what = version === undefined ? 'the model' : `version ${version}`
  return `${action.replaceAll('_', ' ')}${key === undefined ? '' : ` ${key}`} of ${what}`
}
