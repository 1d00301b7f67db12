import { together, type Reader, type Value } from '../../platform/db/index.ts'
import { after, compareValues, orderBy, type Term } from './order.ts'
import { sql, type Sql } from './predicates.ts'

/** A run that was found, with its sort key. */
export interface Found {
  readonly id: number
  readonly key: readonly Value[]
  /** What its row says of changes and status, so that nobody has to read it again to know whether what is kept of it still holds. */
  readonly texts: number
  readonly status: string
}

/** One statement's worth of candidates: where they come from and what they must satisfy. */
export interface Source {
  /** `FROM … WHERE …` with the runs table as `r`. */
  readonly from: Sql
  readonly conditions: readonly Sql[]
  /** As many as the order has, from its first column on; `undefined` stands for a constant. */
  readonly terms: readonly (Term | Value)[]
}

export interface WalkSource extends Source {
  /** `FROM … WHERE …` of the index alone, which knows the first column of the order, if there is one. */
  readonly index?: Sql
}

/** The columns among terms. */
export const termsIn = (terms: readonly (Term | Value)[]): Term[] => terms.filter(isTerm)

const isTerm = (term: Term | Value): term is Term => typeof term === 'object' && term !== null && 'column' in term

/**
 * The first `limit` rows behind `skip` ones of several sources of the same order, merged. Each source is stepped only
 * as far as the merge needs it.
 */
export async function selectRuns(tx: Reader, sources: readonly Source[], order: readonly Term[], from: readonly Value[] | undefined, limit: number, skip = 0): Promise<Found[]> {
  // Of several sources nobody knows beforehand which the rows to leave out come from.
  const single = sources.length === 1
  const statements = sources.map((source) => statement(tx, source, from, single ? limit : limit + skip, single ? skip : 0))
  if (single) {
    const [{ text, params, read }] = statements as [Statement]
    return (await tx.rows(text, params)).map(read)
  }
  if (tx.remote && limit + skip <= wholeRows) {
    const merged: Statement[] = []
    for (let from = 0; from < statements.length; from += mergedAtOnce) merged.push(union(tx, sources[from]!, statements.slice(from, from + mergedAtOnce), limit + skip))
    const found = await together(tx, merged, async ({ text, params, read }) => (await tx.rows(text, params)).map(read))
    return found.flat().sort((a, b) => compareValues(order, a.key, b.key)).slice(skip, skip + limit)
  }
  // A few rows of each are read at once; a statement that is stepped is prepared anew each time.
  const short = sources.length <= 4 && limit + skip <= 500
  const cursors: { rows: AsyncIterator<Value[]> | Iterator<Value[]>; read: Statement['read'] }[] = []
  for (const { text, params, read } of statements) cursors.push({ rows: iterate(short ? await tx.rows(text, params) : tx.each(text, params)), read })
  const heads: (Found | undefined)[] = []
  const advance = async (index: number): Promise<void> => {
    const next = await cursors[index]!.rows.next()
    heads[index] = next.done ? undefined : cursors[index]!.read(next.value)
  }
  try {
    for (let index = 0; index < cursors.length; index += 1) await advance(index)
    const found: Found[] = []
    let toSkip = skip
    while (found.length < limit) {
      let best = -1
      for (let index = 0; index < heads.length; index += 1) {
        if (heads[index] !== undefined && (best < 0 || compareValues(order, heads[index]!.key, heads[best]!.key) < 0)) best = index
      }
      if (best < 0) break
      if (toSkip > 0) toSkip -= 1
      else found.push(heads[best]!)
      await advance(best)
    }
    return found
  } finally {
    for (const { rows } of cursors) await rows.return?.()
  }
}

/** Up to here each source of several is read whole where statements travel: a cursor takes three journeys for each. */
const wholeRows = 1000
/** Sources whose rows the database merges, so that only those of one page travel: two thirds of what a second source costs. */
const mergedAtOnce = 8

const iterate = (rows: AsyncIterable<Value[]> | Iterable<Value[]>): AsyncIterator<Value[]> | Iterator<Value[]> =>
  (Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]())

interface Statement extends Sql {
  read(row: readonly Value[]): Found
}

/** The first rows of several statements of the same columns, of which `source` is the first. */
function union(tx: Reader, source: Source, statements: readonly Statement[], limit: number): Statement {
  const [first] = statements
  if (statements.length === 1) return first!
  const terms = termsIn(source.terms)
  const text = `${statements.map((one, index) => `SELECT * FROM (${one.text}) s${index}`).join(' UNION ALL ')} ORDER BY ${orderBy(tx, terms, namesOf(terms))} LIMIT ?`
  return { text, params: [...statements.flatMap(({ params }) => params), limit], read: first!.read }
}

const namesOf = (terms: readonly Term[]): string[] => terms.map((_, index) => `t${index}`)

function statement(tx: Reader, source: Source, from: readonly Value[] | undefined, limit: number, skip: number): Statement {
  const columns: Sql[] = []
  const terms: Term[] = []
  const seek: Value[] = []
  source.terms.forEach((term, index) => {
    if (!isTerm(term)) return
    columns.push(term.column)
    terms.push(term)
    if (from !== undefined) seek.push(from[index]!)
  })
  const conditions = from === undefined ? source.conditions : [...source.conditions, ...start(terms[0], seek[0]), after(tx, terms, seek)]
  const text = `SELECT r.id, r.texts, r.status${columns.map((column, index) => `, ${column.text} AS t${index}`).join('')} ${source.from.text}`
    + `${conditions.map((condition) => ` AND ${condition.text}`).join('')} ORDER BY ${orderBy(tx, terms, namesOf(terms))} LIMIT ?${skip > 0 ? ' OFFSET ?' : ''}`
  const params = [...columns.flatMap((column) => column.params), ...source.from.params, ...conditions.flatMap((condition) => condition.params), limit, ...(skip > 0 ? [skip] : [])]
  const read = (row: readonly Value[]): Found => {
    let at = 2
    return { id: row[0] as number, texts: row[1] as number, status: row[2] as string, key: source.terms.map((term) => (isTerm(term) ? row[at += 1]! : term)) }
  }
  return { text, params, read }
}

/** How many rows sources have. */
export async function countSources(tx: Reader, sources: readonly Source[]): Promise<number> {
  let count = 0
  for (const { from, conditions } of sources) {
    const [row] = await tx.rows<[number]>(`SELECT COUNT(*) ${from.text}${conditions.map(({ text }) => ` AND ${text}`).join('')}`, [...from.params, ...conditions.flatMap(({ params }) => params)])
    count += row![0]
  }
  return count
}

/** Of the seek condition, the part that lets an index begin at the right place. */
export function start(first: Term | undefined, value: Value | undefined): Sql[] {
  if (first === undefined || first.column.params.length > 0) return []
  return [sql(`${first.column.text} ${first.descending ? '<=' : '>='} ?`, [value!])]
}
