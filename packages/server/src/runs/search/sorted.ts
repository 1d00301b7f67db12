import type { Driver } from './driver.ts'
import { predicate, sql, tableOf } from './predicates.ts'
import { runOf, stageOf, valueTerms, type Search } from './query.ts'
import type { Source } from './select.ts'

/**
 * The runs of a driver by the order's value, each checked when its turn comes, until the page is full.
 * Driving alone checks every run and then sorts: of a thousand that is two to three thousand look-ups, and
 * this a thousand, in one scan, and a few for each run of the page. Only runs that have the value and, of
 * a metric, a number are among them, which come first in every order: a page that they fill is the page.
 * Undefined where the order needs no look-up, or the database would sort all the same.
 */
export function sortedSources(search: Search, driver: Driver): Source[] | undefined {
  const { tx, query, clauses, first } = search
  const { inOrder } = tx.dialect
  if (inOrder === undefined || first === undefined || first.type === 'attribute' || driver.clause.type === 'attribute') return undefined
  const conditions = [...stageOf(query), ...clauses.filter((clause) => clause !== driver.clause).map((clause) => predicate(tx, clause, 'o.run_id'))]
  const [held, number] = first.type === 'metric' ? ['x.value', ' AND x.is_nan = 0'] : ['x.value, x.rest', '']
  return query.experimentIds.flatMap((experiment) => driver.values.map((value) => {
    const runs = `SELECT d.run_id FROM ${tableOf(driver.clause)} d WHERE d.experiment_id = ? AND d.key_id = ? AND ${value.text}`
    const values = `SELECT x.run_id, ${held} FROM ${tableOf(first)} x WHERE x.key_id = ? AND x.run_id ${tx.dialect.among(runs)}${number} ORDER BY x.value ${first.ascending ? 'ASC' : 'DESC'}`
    return {
      from: sql(`FROM ${inOrder(values)} o ${runOf(tx, 'o')} WHERE 1 = 1`, [first.keyId!, experiment, driver.clause.keyId!, ...value.params]),
      conditions,
      terms: valueTerms(search),
    }
  }))
}
