import type { ModelRow } from './rows.ts'

/** What the audit trail calls a model. */
export const auditedModel = (model: ModelRow) => ({ entity: 'registered_model', uid: model.uid, name: model.name }) as const

export const auditedVersion = (model: ModelRow, version: number) => ({ entity: 'model_version', uid: model.uid, name: model.name, version }) as const
