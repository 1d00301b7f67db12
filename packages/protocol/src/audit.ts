import { endpoint } from './endpoint.ts'
import { Any, answer, Enum, Int32, Int64, List, message, Str, type Static } from './schema.ts'

/** What was changed; `endpoint` is one that serves models, `request` one that was refused, `database` all of it: an import, a restored backup. */
export const AuditEntity = Enum(['registered_model', 'model_version', 'webhook', 'endpoint', 'experiment', 'run', 'logged_model', 'artifact', 'view', 'comment', 'user', 'role', 'team', 'workspace', 'token', 'session', 'request', 'database'])
export type AuditEntity = Static<typeof AuditEntity>

/** One change. Entries are only ever added. */
export const AuditEntry = answer({
  /** Grows with time, as text. */
  entry_id: Str,
  /** Milliseconds since the epoch. */
  timestamp: Int64,
  /** Who: the principal's name, `anonymous` where there are no accounts. */
  principal: Str,
  entity: AuditEntity,
  /** Name of the model, experiment, endpoint, user, role or team, id of the run, logged model, view, comment, webhook or token, path of the file, name of the route, or where an import or a backup came from, at the time of the change. */
  entity_name: Str,
  /** For instance `create`, `set_alias`, `transition_stage`, `rollback_alias`. */
  action: Str,
}, {
  /** The model version concerned, as text. */
  version: Str,
  /** The alias or the tag's key. */
  key: Str,
  /** JSON; absent when there was nothing before. */
  before: Any,
  /** JSON; absent when nothing is left. */
  after: Any,
})
export type AuditEntry = Static<typeof AuditEntry>

const group = 'audit'
const api = 'cairn'

export const listAuditEntries = endpoint({
  name: 'listAuditEntries', method: 'GET', api, path: '/audit', group,
  summary: 'Changes, newest first, of everything, of one kind of entity or of one entity; max_results 1 to 1,000, default 100. A renamed model keeps its history.',
  request: message({}, { entity: AuditEntity, entity_name: Str, version: Str, action: Str, max_results: Int32, page_token: Str }),
  response: answer({ entries: List(AuditEntry) }, { next_page_token: Str }),
})

export const rollbackAlias = endpoint({
  name: 'rollbackAlias', method: 'POST', api, path: '/registered-models/alias/rollback', group,
  summary: 'Points an alias at the version it pointed at before its last change (or before the entry given). RESOURCE_DOES_NOT_EXIST when there is no such change, RESOURCE_CONFLICT when that version is gone.',
  request: message({ name: Str, alias: Str }, { entry_id: Str }),
  response: answer({ name: Str, alias: Str, entry_id: Str }, {
    /** Absent when the alias did not exist before. */
    version: Str,
  }),
})

export const rollbackStage = endpoint({
  name: 'rollbackStage', method: 'POST', api, path: '/model-versions/stage/rollback', group,
  summary: 'Undoes the last stage transition of a version (or the entry given), bringing back the versions that it archived.',
  request: message({ name: Str, version: Str }, { entry_id: Str }),
  response: answer({ name: Str, version: Str, stage: Str, entry_id: Str, restored_versions: List(Str) }),
})

export const auditEndpoints = [listAuditEntries, rollbackAlias, rollbackStage] as const
