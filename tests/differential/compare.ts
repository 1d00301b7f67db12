import { isDeepStrictEqual } from 'node:util'
import { deliberate, type Difference } from './deliberate.ts'
import type { Plain } from './normalise.ts'
import { inWords, type Played } from './play.ts'

export interface Verdict {
  readonly kind: 'same' | 'deliberate' | 'different'
  /** The row of the table that explains it. */
  readonly reason?: Difference
}

/** Whether Cairn answered as MLflow did, or differs for a reason that is in the table. */
export function judge({ step, answers }: Played): Verdict {
  const [mlflow, cairn] = answers as [Plain, Plain]
  if (step.quiet || same(mlflow, cairn, step.compareHeaders)) return { kind: 'same' }
  const reason = deliberate.find(difference => difference.explains(step, mlflow, cairn))
  return reason ? { kind: 'deliberate', reason } : { kind: 'different' }
}

function same(a: Plain, b: Plain, headers: readonly string[] = []): boolean {
  return a.status === b.status && isDeepStrictEqual(a.body, b.body) && headers.every(name => a.headers[name] === b.headers[name])
}

export function report({ step, answers }: Played): string {
  const [mlflow, cairn] = answers as [Plain, Plain]
  const headers = (one: Plain) => (step.compareHeaders ?? []).map(name => `${name}: ${one.headers[name]}`).join('; ')
  const show = (one: Plain) => `${one.status} ${headers(one)} ${shorten(JSON.stringify(one.body))}`
  return `${inWords(step)}\n    mlflow ${show(mlflow)}\n    cairn  ${show(cairn)}`
}

const shorten = (text = '') => (text.length > 1500 ? `${text.slice(0, 1500)}… (${text.length})` : text)
