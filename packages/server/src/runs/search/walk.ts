import type { Reader, Value } from '../../platform/db/index.ts'
import { drivenSources, driverInOrder } from './driver.ts'
import { after, type Term } from './order.ts'
import { predicate, sql, tableOf, valueCondition, type Sql } from './predicates.ts'
import { byStart, inStage, runOf, stageOf, valueTerms, type RunQuery, type Search } from './query.ts'
import { start, termsIn, type WalkSource } from './select.ts'

/** A part of an order that an index gives by itself: values, NaN and missing ones lie apart. */
export interface Stage {
  /** What the first column of the sort key is in this stage, if it is the same for all its rows. */
  readonly rank: number | undefined
  readonly sources: readonly WalkSource[]
}

/** Where a stage begins for a page that goes on after `from`. */
export function stageStart(stage: Stage, from: readonly Value[] | undefined): readonly Value[] | undefined | 'passed' {
  if (from === undefined || stage.rank === undefined) return from
  const rank = from[0] as number
  return rank === stage.rank ? from : rank > stage.rank ? 'passed' : undefined
}

/** Whether an index gives the order; those by name, status, end time, … sort what the clauses leave. */
export const walkable = (search: Search): boolean => byStart(search) || search.first!.type !== 'attribute'

/** The order's index as sources. */
export function walkStages(search: Search): Stage[] {
  const { tx, query, clauses, first, terms } = search
  const driver = driverInOrder(search)
  if (driver !== undefined) return [{ rank: undefined, sources: drivenSources(search, driver) }]
  if (first === undefined || first.type === 'attribute') {
    return [{ rank: undefined, sources: runSources(query, clauses.map((clause) => predicate(tx, clause)), terms) }]
  }
  const same = clauses.filter((clause) => clause.type === first.type && clause.key === first.key)
  const others = (id: string): Sql[] => clauses.filter((clause) => !same.includes(clause)).map((clause) => predicate(tx, clause, id))
  const table = tableOf(first)
  const stages: Stage[] = []
  if (same.every((clause) => clause.op !== 'IS NULL')) {
    const direct = same.filter((clause) => clause.op !== 'IS NOT NULL').map((clause) => valueCondition(tx, clause, 'o'))
    const sources = (nan: number | undefined, values: readonly (Term | Value)[]): WalkSource[] => query.experimentIds.map((experiment) => {
      const where = `WHERE o.experiment_id = ? AND o.key_id = ?${nan === undefined ? '' : ` AND o.is_nan = ${nan}`}`
      const params = [experiment, first.keyId!]
      return {
        from: sql(`FROM ${table} o ${runOf(tx, 'o')} ${where}`, params),
        conditions: [...direct, ...stageOf(query), ...others('o.run_id')],
        terms: values,
        ...(nan !== 1 && { index: sql(`FROM ${table} o ${where}`, params) }),
      }
    })
    stages.push({ rank: 0, sources: sources(first.type === 'metric' ? 0 : undefined, valueTerms(search)) })
    if (first.type === 'metric') stages.push({ rank: 1, sources: sources(1, [1, 0, ...terms.slice(2)]) })
  }
  if (same.every((clause) => clause.op === 'IS NULL')) {
    const missing = predicate(tx, { ...first, op: 'IS NULL', value: null, at: 0 })
    const constants = first.type === 'metric' ? [2, 0] : [1, '', '']
    stages.push({ rank: constants[0] as number, sources: runSources(query, [missing, ...others('r.id')], [...constants, ...terms.slice(constants.length)]) })
  }
  return stages
}

export function runSources(query: RunQuery, conditions: readonly Sql[], terms: readonly (Term | Value)[]): WalkSource[] {
  const [first] = termsIn(terms)
  return query.experimentIds.flatMap((experiment) => query.deleted.map((deleted) => {
    const from = sql(`FROM runs r WHERE r.experiment_id = ? AND ${inStage(deleted)}`, [experiment])
    return { from, conditions: [...conditions, ...query.besides ?? []], terms, ...(first?.column.text === 'r.start_time' && { index: from }) }
  }))
}

export interface Edge {
  readonly value: Value
  readonly flat: boolean
}

/** The value that the first column of the order has after `count` candidates; none when there are fewer, `flat` when it has not moved. */
export async function edgeOf(tx: Reader, source: WalkSource, from: readonly Value[] | undefined, count: number): Promise<Edge | undefined> {
  const first = firstTerm(source)
  const seek = from === undefined ? [] : start(first, from[source.terms.indexOf(first)])
  const text = `SELECT ${first.column.text} ${source.index!.text}${seek.map((condition) => ` AND ${condition.text}`).join('')} ORDER BY ${first.column.text} ${first.descending ? 'DESC' : 'ASC'} LIMIT 1`
  const params = [...source.index!.params, ...seek.flatMap((condition) => condition.params)]
  const [row] = await tx.rows<[Value, Value]>(`SELECT (${text} OFFSET ?), (${text})`, [...params, count - 1, ...params])
  const [edge, begin] = row!
  return edge === null ? undefined : { value: edge, flat: begin === edge }
}

const firstTerm = (source: WalkSource): Term => termsIn(source.terms)[0]!

/** The candidates of a source up to an edge, with all that are equal to it. */
export function upTo(source: WalkSource, edge: Value): WalkSource {
  const { column, descending } = firstTerm(source)
  return { ...source, conditions: [sql(`${column.text} ${descending ? '>=' : '<='} ?`, [edge]), ...source.conditions] }
}

/** Those beyond it. */
export function beyond(tx: Reader, source: WalkSource, edge: Value): WalkSource {
  const condition = after(tx, [firstTerm(source)], [edge])
  return {
    ...source, conditions: [condition, ...source.conditions],
    ...(source.index !== undefined && { index: sql(`${source.index.text} AND ${condition.text}`, [...source.index.params, ...condition.params]) }),
  }
}
