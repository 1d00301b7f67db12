import { cellOf, fixedTable, isNumeric, type Table } from './table.ts'

/** Python writes NaN and the infinities, which JSON does not have; they become texts. Whole numbers keep all their digits. */
export function parseJson(text: string): unknown {
  const known = withoutNaN(text)
  // A reviver takes several times as long.
  return /\d{16}/.test(known) ? JSON.parse(known, exactly as (key: string, value: unknown) => unknown) : JSON.parse(known)
}

const exactly = (_key: string, value: unknown, at?: { readonly source?: string }): unknown =>
  (typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(at?.source ?? '') ? BigInt(at!.source!) : value)

/** What `parseJson` read, on several lines. */
export const prettyJson = (value: unknown): string => JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? raw(String(inner)) : inner), 2)

const raw = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON

function withoutNaN(text: string): string {
  if (!/\b(?:NaN|Infinity)\b/.test(text)) return text
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (found) => (found.startsWith('"') ? found : `"${found}"`))
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
