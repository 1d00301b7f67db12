export interface ModelRow {
  readonly model_id: number
  readonly uid: string
  readonly name: string
  readonly creation_time: number
  readonly last_updated_time: number
  readonly description: string | null
  readonly next_version: number
}

export interface TagRow {
  readonly key: string
  readonly value: string
}
