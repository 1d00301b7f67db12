import type { Clause, Order } from './clause.ts'

/** As much of a run as a search looks at. */
export interface SearchableRun {
  run_id: string
  run_name: string | null
  user_id: string | null
  status: string
  artifact_uri: string | null
  start_time: number | null
  end_time: number | null
  /** The latest value of each. */
  metrics: ReadonlyMap<string, number>
  params: ReadonlyMap<string, string>
  tags: ReadonlyMap<string, string>
  /** `context` is the input's tag `mlflow.data.context`. */
  datasets: readonly { name: string; digest: string; context?: string }[]
}

/**
 * Whether a run meets every clause, by the plainest means. This is the meaning that the server's
 * planner is tested against; it is MLflow's on SQLite.
 */
export function evaluate(clauses: readonly Clause[], run: SearchableRun): boolean {
  return clauses.every((clause) => meets(clause, run))
}

function meets(clause: Clause, run: SearchableRun): boolean {
  if (clause.op === 'IS NULL') return lookUp(clause, run) === undefined
  if (clause.op === 'IS NOT NULL') return lookUp(clause, run) !== undefined
  if (clause.type === 'dataset') {
    const key = clause.key as 'name' | 'digest' | 'context'
    return run.datasets.some((dataset) => compare(dataset[key], clause))
  }
  return compare(lookUp(clause, run), clause)
}

type Searched = string | number | null | undefined

function lookUp({ type, key }: { type: Clause['type']; key: string }, run: SearchableRun): Searched {
  switch (type) {
    case 'metric': return run.metrics.get(key)
    case 'param': return run.params.get(key)
    case 'tag': return run.tags.get(key)
    // MLflow looks for the name in the tag, and orders by the column.
    case 'attribute': return key === 'run_name' ? run.tags.get('mlflow.runName') : attribute(run, key)
    case 'dataset': return undefined
  }
}

const attribute = (run: SearchableRun, key: string): Searched =>
  run[key as 'run_id' | 'run_name' | 'user_id' | 'status' | 'artifact_uri' | 'start_time' | 'end_time']

/** What is missing meets nothing, not even `!=` and NOT IN. */
function compare(found: Searched, { op, value }: Clause): boolean {
  if (found === undefined || found === null) return false
  if (typeof found === 'number') return compareNumbers(found, op, value as number)
  switch (op) {
    case '=': return found === value
    case '!=': return found !== value
    case 'IN': return (value as string[]).includes(found)
    case 'NOT IN': return !(value as string[]).includes(found)
    case 'LIKE': return isLike(found, value as string)
    case 'ILIKE': return isLike(lowerAscii(found), lowerAscii(value as string))
    default: throw new TypeError(`${op} does not apply to text`)
  }
}

/** MLflow stores the infinities as the largest doubles. */
export const storedMetric = (value: number): number => (value === Infinity ? Number.MAX_VALUE : value === -Infinity ? -Number.MAX_VALUE : value)

function compareNumbers(found: number, op: Clause['op'], value: number): boolean {
  const number = storedMetric(found)
  switch (op) {
    case '=': return number === value
    case '!=': return number !== value
    case '<': return number < value
    case '<=': return number <= value
    case '>': return number > value
    case '>=': return number >= value
    default: throw new TypeError(`${op} does not apply to numbers`)
  }
}

/** SQLite folds ASCII only. */
/** As ILIKE folds: ASCII letters alone. */
export const lowerAscii = (text: string): string => text.replace(/[A-Z]/g, (char) => char.toLowerCase())

/** SQL's LIKE: `%` stands for any characters, `_` for one code point; nothing escapes them. */
export function isLike(text: string, pattern: string): boolean {
  const chars = [...text]
  const parts = [...pattern]
  let at = 0
  let part = 0
  let resumePart = -1
  let resumeAt = 0
  while (at < chars.length) {
    if (parts[part] === '%') {
      resumePart = ++part
      resumeAt = at
    } else if (part < parts.length && (parts[part] === '_' || parts[part] === chars[at])) {
      part++
      at++
    } else if (resumePart >= 0) {
      part = resumePart
      at = ++resumeAt
    } else return false
  }
  while (parts[part] === '%') part++
  return part === parts.length
}

/** Compares by code point, which is the order of UTF-8 bytes; `<` compares UTF-16 units. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    let x = a.charCodeAt(at)
    let y = b.charCodeAt(at)
    if (x === y) continue
    // Surrogates stand for code points behind U+FFFF, so they come after U+E000 to U+FFFF.
    if (x >= 0xd800 && y >= 0xd800) {
      x = x >= 0xe000 ? x - 0x800 : x + 0x2000
      y = y >= 0xe000 ? y - 0x800 : y + 0x2000
    }
    return x - y
  }
  return a.length - b.length
}

/**
 * The order of runs: by the keys, then `start_time` descending unless it is one of them, then
 * `run_id`. In either direction numbers come first, then NaN, then what is missing.
 */
export function compareRuns(order: readonly Order[]): (a: SearchableRun, b: SearchableRun) => number {
  const keys = order.some(({ type, key }) => type === 'attribute' && key === 'start_time')
    ? order
    : [...order, { type: 'attribute', key: 'start_time', ascending: false } satisfies Order]
  return (a, b) => {
    for (const key of keys) {
      const [x, y] = [sortValue(key, a), sortValue(key, b)]
      const byRank = rank(x) - rank(y)
      if (byRank !== 0) return byRank
      if (rank(x) > 0) continue
      const result = typeof x === 'number' ? x - (y as number) : compareText(x as string, y as string)
      if (result !== 0) return key.ascending ? result : -result
    }
    return compareText(a.run_id, b.run_id)
  }
}

function sortValue({ type, key }: Order, run: SearchableRun): Searched {
  const value = type === 'attribute' ? attribute(run, key) : lookUp({ type, key }, run)
  return type === 'metric' && typeof value === 'number' ? storedMetric(value) : value
}

function rank(value: Searched): 0 | 1 | 2 {
  if (value === undefined || value === null) return 2
  return Number.isNaN(value) ? 1 : 0
}
