export interface ModelRow {
  readonly model_id: number
  readonly uid: string
  readonly name: string
  readonly creation_time: number
  readonly last_updated_time: number
  readonly description: string | null
  readonly next_version: number
  readonly workspace_id: number
}

/** What names a model: its name, in its workspace. Inputs of operations have both beside what else they hold. */
export interface ModelName {
  readonly workspace: number
  readonly name: string
}

export interface TagRow {
  readonly key: string
  readonly value: string
}
