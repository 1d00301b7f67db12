import { tags as knownTags, type Clause } from '@cairn/protocol'
import type { Reader, Value } from '../platform/db/index.ts'
import { visibleSql, type Visibility } from '../users/index.ts'
import { modelColumns, type ModelRow } from './models-store.ts'
import { fromVersions, versionColumns, type VersionRow } from './versions-store.ts'

/** One key of an order; the last key of an order is unique together with those before it. */
export interface SortKey {
  readonly key: string
  readonly ascending: boolean
}

export interface Query {
  readonly clauses: readonly Clause[]
  /** Whether prompts are asked for; else they are hidden. */
  readonly prompts: boolean
  readonly order: readonly SortKey[]
  /** Values of the order's keys in the last row of the page before. */
  readonly after: readonly Value[] | undefined
  readonly limit: number
  readonly visible?: VisibleModels | undefined
  readonly workspace: number
}

/** What the caller may see; undefined without accounts, or of a kind of which everything may be seen. */
export interface VisibleModels {
  readonly models: Visibility | undefined
  readonly prompts: Visibility | undefined
}

interface Kind {
  readonly columns: Readonly<Record<string, string>>
  /** Text, which a database with a locale would sort by it. */
  readonly texts: readonly string[]
  readonly select: string
  /** Tags of the row at hand. */
  readonly tags: string
  /** Rows of prompts. */
  readonly promptTags: string
}

const models: Kind = {
  columns: { name: 'm.name', last_updated_timestamp: 'm.last_updated_time' },
  texts: ['name'],
  select: `SELECT ${modelColumns} FROM registered_models m`,
  tags: 'SELECT 1 FROM registered_model_tags t WHERE t.model_id = m.model_id',
  promptTags: 'SELECT 1 FROM registered_model_tags t WHERE t.model_id = m.model_id',
}

const versions: Kind = {
  columns: {
    name: 'm.name', run_id: 'v.run_id', source_path: 'v.source', version_number: 'v.version', creation_timestamp: 'v.creation_time', last_updated_timestamp: 'v.last_updated_time',
  },
  texts: ['name'],
  select: `SELECT ${versionColumns} ${fromVersions}`,
  tags: 'SELECT 1 FROM model_version_tags t WHERE t.model_id = v.model_id AND t.version = v.version',
  // One version with the tag makes all of its siblings prompts, as in MLflow.
  promptTags: 'SELECT 1 FROM model_version_tags t WHERE t.model_id = v.model_id',
}

export const findModels = (tx: Reader, query: Query) => find<ModelRow>(tx, models, query)
export const findVersions = (tx: Reader, query: Query) => find<VersionRow>(tx, versions, query)

async function find<Row>(tx: Reader, kind: Kind, query: Query): Promise<Row[]> {
  const where = ['m.workspace_id = ?']
  const params: Value[] = [query.workspace]
  for (const clause of query.clauses) {
    if (clause.type === 'tag') {
      params.push(clause.key)
      where.push(`EXISTS (${kind.tags} AND t.key = ? AND ${comparison(tx, 't.value', clause, params)})`)
    } else where.push(comparison(tx, kind.columns[clause.key]!, clause, params))
  }
  if (!query.prompts) {
    where.push(`NOT EXISTS (${kind.promptTags} AND t.key = ? AND t.value = 'true')`)
    params.push(knownTags.isPrompt)
  }
  where.push(...visibleOnly(query.visible, params))
  const sorted = query.order.map(({ key, ascending }) => ({ column: kind.texts.includes(key) ? tx.dialect.bytewise(kind.columns[key]!) : kind.columns[key]!, ascending }))
  if (query.after) where.push(`(${behind(sorted, query.after, params)})`)
  // No column of an order can be null.
  const orderBy = sorted.map(({ column, ascending }) => `${column} ${ascending ? 'ASC' : 'DESC'}`).join(', ')
  return tx.all<Row>(`${kind.select} WHERE ${where.join(' AND ')} ORDER BY ${orderBy} LIMIT ?`, [...params, query.limit])
}

function comparison(tx: Reader, column: string, { op, value }: Clause, params: Value[]): string {
  if (Array.isArray(value)) {
    params.push(...value)
    return `${column} ${op} (${value.map(() => '?').join(', ')})`
  }
  params.push(value)
  if (op === 'LIKE') return tx.dialect.like(column)
  if (op === 'ILIKE') return tx.dialect.ilike(column)
  return `${column} ${op} ?`
}

/** Rows that come after the given values in the order. */
function behind(order: readonly { column: string; ascending: boolean }[], after: readonly Value[], params: Value[]): string {
  return order.map(({ column, ascending }, index) => {
    const same = order.slice(0, index).map((key) => `${key.column} = ?`)
    params.push(...after.slice(0, index + 1))
    return [...same, `${column} ${ascending ? '>' : '<'} ?`].join(' AND ')
  }).join(' OR ')
}

/** A prompt is a model with a tag, and is shown to those who may see prompts. */
function visibleOnly(visible: VisibleModels | undefined, params: Value[]): string[] {
  const [model, prompt] = [visibleSql(visible?.models, 'm.name'), visibleSql(visible?.prompts, 'm.name')]
  if (model === undefined && prompt === undefined) return []
  const isPrompt = "EXISTS (SELECT 1 FROM registered_model_tags p WHERE p.model_id = m.model_id AND p.key = ? AND lower(p.value) = 'true')"
  params.push(knownTags.isPrompt, ...prompt?.params ?? [], ...model?.params ?? [])
  return [`(CASE WHEN ${isPrompt} THEN CASE WHEN ${prompt?.sql ?? '1 = 1'} THEN 1 ELSE 0 END ELSE CASE WHEN ${model?.sql ?? '1 = 1'} THEN 1 ELSE 0 END END) = 1`]
}
