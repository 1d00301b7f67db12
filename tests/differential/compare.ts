import { isDeepStrictEqual } from 'node:util'
import { deliberate } from './deliberate.ts'
import type { Difference } from './deliberate/difference.ts'
import type { Plain } from './normalise.ts'
import { inWords, type Played } from './play.ts'

export interface Verdict {
  readonly kind: 'same' | 'deliberate' | 'different'
  /** The row of the table that explains it. */
  readonly reason?: Difference
}

/** Whether Cairn answered as MLflow did, or differs for a reason that is in the table. */
export function judge({ step, answers }: Played): Verdict {
  const [mlflow, cairn] = answers.map(one => (step.anyOrder ? sorted(one) : one)) as [Plain, Plain]
  if (step.quiet || same(mlflow, cairn, step.compareHeaders)) return { kind: 'same' }
  const reason = deliberate.find(difference => difference.explains(step, mlflow, cairn))
  return reason ? { kind: 'deliberate', reason } : { kind: 'different' }
}

function same(a: Plain, b: Plain, headers: readonly string[] = []): boolean {
  return a.status === b.status && isDeepStrictEqual(a.body, b.body) && headers.every(name => a.headers[name] === b.headers[name])
}

function sorted(answer: Plain): Plain {
  if (!isObject(answer.body)) return answer
  const body = Object.fromEntries(Object.entries(answer.body).map(([name, value]) =>
    [name, Array.isArray(value) ? value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : value]))
  return { ...answer, body }
}

export function report({ step, answers }: Played): string {
  const [mlflow, cairn] = answers as [Plain, Plain]
  const told = mlflow.status === cairn.status && isObject(mlflow.body) && isObject(cairn.body)
    ? [`both ${mlflow.status}`, ...differences(mlflow.body, cairn.body)]
    : [`mlflow ${mlflow.status} ${shorten(JSON.stringify(mlflow.body))}`, `cairn  ${cairn.status} ${shorten(JSON.stringify(cairn.body))}`]
  const headers = (step.compareHeaders ?? []).filter(name => mlflow.headers[name] !== cairn.headers[name])
    .map(name => `${name}: mlflow ${mlflow.headers[name]}, cairn ${cairn.headers[name]}`)
  if (told.length > 14) told.splice(12, Infinity, `… ${told.length - 12} lines more`)
  return [inWords(step), ...told, ...headers].join('\n    ')
}

/** Each place at which two JSON values part. */
function differences(mlflow: unknown, cairn: unknown, path = ''): string[] {
  if (isDeepStrictEqual(mlflow, cairn)) return []
  if (Array.isArray(mlflow) && Array.isArray(cairn) && mlflow.length !== cairn.length) {
    return [`${path}: mlflow has ${mlflow.length}, cairn ${cairn.length}`, `mlflow ${shorten(JSON.stringify(mlflow))}`, `cairn  ${shorten(JSON.stringify(cairn))}`]
  }
  if (isObject(mlflow) && isObject(cairn)) {
    return [...new Set([...Object.keys(mlflow), ...Object.keys(cairn)])].flatMap(name => differences(mlflow[name], cairn[name], path === '' ? name : `${path}.${name}`))
  }
  return [`${path}: mlflow ${shorten(JSON.stringify(mlflow))}`, `${' '.repeat(path.length)}  cairn  ${shorten(JSON.stringify(cairn))}`]
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const shorten = (text = 'nothing') => (text.length > 700 ? `${text.slice(0, 700)}… (${text.length})` : text)
