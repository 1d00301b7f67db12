import { confusionOf, precisionRecallCurve, rocCurve, type Confusion, type Curve } from '@cairn/charts'
import { words } from './words.ts'

/** A table that a run logged, read whole. */
export interface LoggedTable {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number | null)[])[]
}

/** Which columns hold what; those that are not named are found by their names. */
export interface ColumnNames {
  readonly actual?: string | undefined
  readonly predicted?: string | undefined
  readonly score?: string | undefined
  /** The label that counts as positive. */
  readonly positive?: string | undefined
}

const usual = {
  actual: /^(?:actual|target|targets|label|labels|truth|ground_truth|y_true|y_test|true_label|y)$/i,
  predicted: /^(?:predicted|prediction|predictions|pred|y_pred|predicted_label|output|outputs)$/i,
  score: /^(?:score|scores|y_score|prob|proba|probability|probabilities|y_prob|y_proba|predicted_proba|positive_probability|confidence)$/i,
  count: /^(?:count|n|number|frequency)$/i,
  fpr: /^(?:fpr|false_positive_rate)$/i, tpr: /^(?:tpr|true_positive_rate)$/i, precision: /^precision$/i, recall: /^recall$/i,
} as const

const find = ({ columns }: LoggedTable, role: keyof typeof usual, named?: string): number => (named === undefined ? columns.findIndex((name) => usual[role].test(name)) : columns.indexOf(named))
const texts = ({ rows }: LoggedTable, at: number): string[] => rows.map((row) => (row[at] === null || row[at] === undefined ? '–' : String(row[at])))
const numbers = ({ rows }: LoggedTable, at: number): number[] => rows.map((row) => (row[at] === null || row[at] === '' ? NaN : Number(row[at])))

/** Which columns a chart is drawn from, as they are called; undefined where it is drawn from others. */
export function columnsOf(table: LoggedTable, kind: 'confusion' | 'roc' | 'pr', names: ColumnNames): { readonly names: readonly string[]; readonly form: 'rows' | 'counts' | 'square' | 'points' } | undefined {
  const called = (...roles: readonly (readonly [keyof typeof usual, string?])[]): string[] | undefined => {
    const places = roles.map(([role, named]) => find(table, role, named))
    return places.some((place) => place < 0) ? undefined : places.map((place) => table.columns[place]!)
  }
  if (kind !== 'confusion') {
    const points = kind === 'roc' ? called(['fpr'], ['tpr']) : called(['recall'], ['precision'])
    const rows = points ?? called(['actual', names.actual], ['score', names.score])
    return rows && { names: rows, form: points === undefined ? 'rows' : 'points' }
  }
  const counts = called(['actual', names.actual], ['predicted', names.predicted], ['count'])
  const rows = counts ?? called(['actual', names.actual], ['predicted', names.predicted])
  if (rows !== undefined) return { names: rows, form: counts === undefined ? 'rows' : 'counts' }
  return rates.every((name) => table.columns.includes(name)) ? undefined : { names: table.columns.slice(table.columns.length - table.rows.length), form: 'square' }
}

/** A file that is not what was looked for; the message is for the reader. */
export class NoSuchColumns extends Error {}

/** What `mlflow.log_table` writes (columns and data, or a list of records). */
export function tableOfJson(text: string): LoggedTable {
  const told: unknown = JSON.parse(text)
  const cell = (value: unknown): string | number | null => (typeof value === 'number' || typeof value === 'string' ? value : value === null || value === undefined ? null : typeof value === 'boolean' ? String(value) : JSON.stringify(value))
  if (Array.isArray(told)) {
    const columns = [...new Set(told.flatMap((row) => Object.keys(row as object)))]
    return { columns, rows: told.map((row) => columns.map((name) => cell((row as Record<string, unknown>)[name]))) }
  }
  const { columns, data } = told as { columns?: unknown; data?: unknown }
  if (!Array.isArray(columns) || !Array.isArray(data)) throw new NoSuchColumns(words.thisJsonFileHoldsNo)
  return { columns: columns.map(String), rows: data.map((row) => (row as unknown[]).map(cell)) }
}

const rates = ['true_negatives', 'false_positives', 'false_negatives', 'true_positives'] as const

/**
 * A confusion matrix out of a table: of predictions beside what is so, of counts for each pair of labels, of the
 * four counts that `mlflow.models.evaluate` writes for each class, or one that is square already.
 */
export function confusionFrom(table: LoggedTable, names: ColumnNames): Confusion {
  const [actual, predicted, count] = [find(table, 'actual', names.actual), find(table, 'predicted', names.predicted), find(table, 'count')]
  if (actual >= 0 && predicted >= 0 && count >= 0) {
    const [is, said, sizes] = [texts(table, actual), texts(table, predicted), numbers(table, count)]
    const { labels } = confusionOf(is, said)
    const counts = labels.map(() => labels.map(() => 0))
    for (const row of table.rows.keys()) counts[labels.indexOf(is[row]!)]![labels.indexOf(said[row]!)]! += sizes[row]!
    return { labels, counts }
  }
  if (actual >= 0 && predicted >= 0) return confusionOf(texts(table, actual), texts(table, predicted))
  const four = rates.map((name) => table.columns.indexOf(name))
  if (four.every((at) => at >= 0)) {
    const at = table.columns.indexOf('positive_class')
    const row = names.positive === undefined || at < 0 ? 0 : Math.max(0, texts(table, at).indexOf(names.positive))
    const [tn, fp, fn, tp] = four.map((column) => Number(table.rows[row]?.[column] ?? NaN))
    const label = at < 0 ? 'positive' : texts(table, at)[row]!
    return { labels: [at < 0 ? 'negative' : `not ${label}`, label], counts: [[tn!, fp!], [fn!, tp!]] }
  }
  const square = table.columns.length === table.rows.length ? 0 : table.columns.length === table.rows.length + 1 ? 1 : -1
  if (square >= 0 && table.rows.length > 1 && table.rows.every((row) => row.slice(square).every((value) => Number.isFinite(Number(value))))) {
    return { labels: table.columns.slice(square), counts: table.rows.map((row) => row.slice(square).map(Number)) }
  }
  throw new NoSuchColumns(words.noColumnsOfActualAnd(table.columns.slice(0, 12).join(', ')))
}

/** A curve out of a table: its points, or labels with scores. */
export function curveFrom(kind: 'roc' | 'pr', table: LoggedTable, names: ColumnNames): Curve {
  const [x, y] = kind === 'roc' ? [find(table, 'fpr'), find(table, 'tpr')] : [find(table, 'recall'), find(table, 'precision')]
  if (x >= 0 && y >= 0) {
    const heights = numbers(table, y)
    const points = numbers(table, x).map((at, row) => [at, heights[row]!] as const).filter(([at, value]) => Number.isFinite(at) && Number.isFinite(value)).sort((a, b) => a[0] - b[0] || (kind === 'roc' ? a[1] - b[1] : b[1] - a[1]))
    return { x: points.map(([at]) => at), y: points.map(([, value]) => value), area: points.reduce((sum, [at, value], row) => (row === 0 ? 0 : sum + (at - points[row - 1]![0]) * (value + points[row - 1]![1]) / 2), 0) }
  }
  const [actual, score] = [find(table, 'actual', names.actual), find(table, 'score', names.score)]
  if (actual < 0 || score < 0) throw new NoSuchColumns(words.noColumnsOfLabelsAnd(table.columns.slice(0, 12).join(', ')))
  const labels = texts(table, actual)
  const positive = names.positive ?? [...new Set(labels)].sort((a, b) => (Number(a) - Number(b) || a.localeCompare(b))).at(-1)
  return (kind === 'roc' ? rocCurve : precisionRecallCurve)(labels.map((label) => label === positive), numbers(table, score))
}
