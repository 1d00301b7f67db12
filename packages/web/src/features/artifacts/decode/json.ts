import { cellOf, fixedTable, isNumeric, type Table } from './table.ts'

/** Python writes NaN and the infinities, which JSON does not have; they are numbers here too. Whole numbers keep all their digits. */
export function parseJson(text: string): unknown {
  const odd = withoutNaN(text)
  const known = odd?.text ?? text
  // A reviver takes several times as long.
  return odd !== undefined || /\d{16}/.test(known) ? JSON.parse(known, exactly(odd?.nan) as (key: string, value: unknown) => unknown) : JSON.parse(known)
}

const exactly = (nan: string | undefined) => (_key: string, value: unknown, at?: { readonly source?: string }): unknown =>
  (typeof value === 'string' ? (value === nan ? NaN : value) : typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(at?.source ?? '') ? BigInt(at!.source!) : value)

/** What `parseJson` read, on several lines. */
export function prettyJson(value: unknown): string {
  const mark = markNotIn('')
  const text = JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? raw(String(inner)) : typeof inner === 'number' && !Number.isFinite(inner) ? mark + String(inner) : inner), 2)
  return text.replaceAll(new RegExp(`"${mark}(NaN|-?Infinity)"`, 'g'), '$1')
}

const raw = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON

/** A text that stands for something in JSON that holds no such text. */
function markNotIn(text: string): string {
  for (;;) {
    const mark = `odd-${Math.random().toString(36).slice(2)}-`
    if (!text.includes(mark)) return mark
  }
}

/** Infinities become numbers that are too large, NaN a text that says so; undefined where there are none. */
function withoutNaN(text: string): { readonly text: string; readonly nan: string } | undefined {
  if (!/\b(?:NaN|Infinity)\b/.test(text)) return undefined
  const nan = markNotIn(text)
  const known = text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (found) => (found.startsWith('"') ? found : found === 'NaN' ? `"${nan}"` : found.replace(/I.*/, '1e999')))
  return { text: known, nan }
}

/** What `log_table` writes ({columns, data}), and lists of flat objects. */
export function jsonTable(data: unknown): Table | undefined {
  if (typeof data !== 'object' || data === null) return undefined
  let rows: readonly (readonly unknown[])[]
  let headers: readonly string[]
  if ('columns' in data && 'data' in data && Array.isArray(data.columns) && Array.isArray(data.data) && data.data.every(Array.isArray)) {
    headers = data.columns.map(String)
    rows = data.data as unknown[][]
  } else if (Array.isArray(data) && data.length > 0 && data.every((row) => typeof row === 'object' && row !== null && !Array.isArray(row))) {
    headers = [...new Set(data.slice(0, 1000).flatMap((row) => Object.keys(row as object)))]
    if (headers.length > 2000) return undefined
    rows = data.map((row) => headers.map((key) => (row as Record<string, unknown>)[key]))
  } else return undefined
  const cells = rows.map((row) => row.map(cellOf))
  return fixedTable(headers.map((name, index) => ({ name, numeric: isNumeric(cells.slice(0, 100).map((row) => row[index])) })), cells)
}
