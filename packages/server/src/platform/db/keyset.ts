import type { Value } from './types.ts'

/** One key of an order: an expression that is never null, and its direction. */
export interface KeysetColumn {
  readonly sql: string
  readonly descending: boolean
}

export const orderSql = (order: readonly KeysetColumn[]): string =>
  order.map(({ sql, descending }) => `${sql} ${descending ? 'DESC' : 'ASC'}`).join(', ')

/**
 * The condition that continues a listing behind the row whose keys are `after`. A page that begins
 * by condition costs the same wherever it lies; one that begins by OFFSET reads all before it, and
 * skips or repeats rows when others come and go.
 *
 * The first key stands alone in front, because neither database looks into an OR for an index.
 */
export function keysetSql(order: readonly KeysetColumn[], after: readonly Value[]): { sql: string; params: Value[] } {
  const alternatives: string[] = []
  const params: Value[] = []
  const first = order[0]!
  params.push(after[0]!)
  for (let index = 0; index < order.length; index += 1) {
    const same = order.slice(0, index).map(({ sql }) => `${sql} = ?`)
    const { sql, descending } = order[index]!
    alternatives.push([...same, `${sql} ${descending ? '<' : '>'} ?`].join(' AND '))
    params.push(...after.slice(0, index + 1))
  }
  return { sql: `${first.sql} ${first.descending ? '<=' : '>='} ? AND (${alternatives.join(' OR ')})`, params }
}
