import type { Answer } from './servers.ts'

/** What is left of an answer once everything that must differ between two servers is named. */
export interface Plain {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON, or text; `<html>` for a page. */
  readonly body: unknown
}

export type Saved = ReadonlyMap<string, string>

export function normalise(answer: Answer, saved: Saved, url: string, now = Date.now()): Plain {
  const places = { saved, url, now }
  const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, plainText(value, '', places)]))
  return { status: answer.status, headers, body: plain(readBody(answer), '', places) }
}

/** MLflow writes a bare NaN in some answers, which is not JSON; it is read as the string it should be. */
export function readBody(answer: Answer): unknown {
  const { text } = answer
  if (/^\s*<(!doctype|html)/i.test(text)) return '<html>'
  try {
    return JSON.parse(text, exactIntegers)
  } catch {
    try {
      return JSON.parse(text.replaceAll(/([:[,]\s*)(NaN|-?Infinity)(?=\s*[,}\]])/g, '$1"$2"'))
    } catch {
      return text
    }
  }
}

/** Integers that a double would round become text. */
const exactIntegers = (_key: string, value: unknown, context?: { source?: string }) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && Math.abs(value) < 2 ** 64 && /^-?\d{16,}$/.test(context?.source ?? '') ? context!.source : value

interface Places { readonly saved: Saved; readonly url: string; readonly now: number }

function plain(value: unknown, key: string, places: Places): unknown {
  if (typeof value === 'string') return plainText(value, key, places)
  if (typeof value === 'number') {
    return Math.abs(value - places.now) < 3_600_000 ? '<now>' : value
  }
  if (Array.isArray(value)) {
    const items = value.map(item => plain(item, key, places))
    // No database promises an order for these, and no client relies on one.
    if (unordered.has(key)) items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    return items
  }
  if (typeof value === 'object' && value !== null) {
    const isTag = 'key' in value && 'value' in value && typeof value.key === 'string'
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, item]) => {
      if (name === 'next_page_token' || name === 'nextPageToken') return [name, item === '' || item === null ? item : '<token>']
      return [name, plain(item, isTag && name === 'value' ? String(value.key) : name, places)]
    }))
  }
  return value
}

const unordered = new Set(['tags', 'params', 'aliases', 'dataset_inputs', 'model_inputs', 'model_outputs', 'data', 'registrations', 'events'])
// Where a short id, which could be any number, certainly is one.
const idKeys = new Set(['message', 'experiment_id', 'experimentId', 'artifact_uri', 'artifactUri', 'artifact_location', 'artifactLocation', 'root_uri', 'rootUri', 'source', 'errors', 'version'])
const generatedKeys = new Set(['run_name', 'runName', 'mlflow.runName', 'name'])

function plainText(text: string, key: string, { saved, url, now }: Places): string {
  let result = text.replaceAll(url, '<url>')
  for (const [name, value] of saved) {
    if (value === '') continue
    if (value.length >= 8) result = result.replaceAll(value, `<${name}>`)
    else if (idKeys.has(key)) result = result.replaceAll(new RegExp(`(?<![\\w.-])${value}(?![\\w.-])`, 'g'), `<${name}>`)
  }
  result = result
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uuid>')
    .replaceAll(/\b[0-9a-f]{32}\b/g, '<hex>')
    .replaceAll(/\b1[6-9]\d{11}\b/g, digits => (Math.abs(Number(digits) - now) < 3_600_000 ? '<now>' : digits))
    // Python prints a set in an order that differs from start to start.
    .replaceAll(/\{('[^{}]*')\}/g, (_, list: string) => `{${list.split(', ').sort().join(', ')}}`)
  if (generatedKeys.has(key)) result = result.replace(/^[a-z]+-[a-z]+-\d{1,4}$/, '<generated>')
  return result
}

/** Follows `run.info.run_id` or `models.0.info`. */
export function pick(value: unknown, path: string): string | undefined {
  let found = value
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || found === null) return undefined
    found = (found as Record<string, unknown>)[name]
  }
  return found === undefined || found === null ? undefined : String(found)
}
