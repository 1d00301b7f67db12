import type { ColumnKind, LoggedKeys } from '@cairn/protocol'

export { usualColumns } from '@cairn/protocol'

/** A column of a table of runs. */
export interface Column {
  readonly kind: ColumnKind
  readonly key: string
}

/** What every run has besides its name, whatever was logged. */
export const ownIds = ['status', 'start', 'duration'] as const
export type OwnId = (typeof ownIds)[number]

/** A column of that. */
export interface OwnColumn {
  readonly kind: 'own'
  readonly key: OwnId
}

/** Whatever stands in a table beside the name. */
export type AnyColumn = Column | OwnColumn

export const isLogged = (column: AnyColumn): column is Column => column.kind !== 'own'

/** As it stands in addresses and in filters without quotes: `metrics.auc`, `status`. */
export const columnId = ({ kind, key }: AnyColumn): string => (kind === 'own' ? key : `${kind}s.${key}`)

export function readColumn(id: string): Column | undefined {
  const dot = id.indexOf('.')
  const kind = ({ metrics: 'metric', params: 'param', tags: 'tag' } as const)[id.slice(0, dot)]
  const key = id.slice(dot + 1)
  return kind === undefined || key === '' ? undefined : { kind, key }
}

/** The same of a column that every run has, too. */
export function readAnyColumn(id: string): AnyColumn | undefined {
  const own = ownIds.find((one) => one === id)
  return own === undefined ? readColumn(id) : { kind: 'own', key: own }
}

/** Names that need no quotes: parts between dots that begin with a letter and mean nothing to the grammar. */
const isPlain = (key: string): boolean => key.split('.').every((part) => /^[A-Za-z_]\w*$/.test(part) && !/^(?:and|or|not|in|is|null|like|ilike|between|order|by|asc|desc|as|end|case|select|from|where|values|exists|set|group|having|limit|union|join|on|using|with)$/i.test(part))

/** The key as the search grammar wants it. */
export const searchKey = ({ kind, key }: Column): string => `${kind}s.${isPlain(key) ? key : `\`${key}\``}`

export type Keys = LoggedKeys

/** Whether less is better; undefined where the name does not say. */
export function lessIsBetter(key: string): boolean | undefined {
  if (/loss|err|rmse|mae|mse|perplexity|latency|time|wer|cer|divergence/i.test(key)) return true
  return /auc|acc|f1|score|precision|recall|r2|bleu|rouge|reward|map|iou|gain|throughput/i.test(key) ? false : undefined
}

export const allColumns = ({ metrics, params, tags }: Keys): Column[] => [
  ...metrics.map(({ key }): Column => ({ kind: 'metric', key })), ...params.map(({ key }): Column => ({ kind: 'param', key })), ...tags.map(({ key }): Column => ({ kind: 'tag', key })),
]
