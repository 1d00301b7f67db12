import type { Plain } from '../normalise.ts'
import type { Step } from '../story.ts'

/**
 * Where Cairn answers otherwise than MLflow on purpose. `docs/differences.md` is written from this
 * table; a difference that no row explains fails the test, and so does a row that explains none.
 */
export interface Difference {
  readonly id: string
  readonly title: string
  /** What MLflow does. */
  readonly mlflow: string
  /** What Cairn does. */
  readonly cairn: string
  readonly reason: string
  readonly explains: (step: Step, mlflow: Plain, cairn: Plain) => boolean
  /** Set where no request of the corpus can show it, with why. */
  readonly notShown?: string
}

export interface ErrorBody { readonly error_code?: string; readonly message?: string }

export const errorOf = (answer: Plain): ErrorBody => (typeof answer.body === 'object' && answer.body !== null ? answer.body : {})
export const refuses = (answer: Plain, code = 'INVALID_PARAMETER_VALUE') => answer.status === 400 && errorOf(answer).error_code === code
export const says = (answer: Plain, text: string | RegExp) =>
  typeof text === 'string' ? (errorOf(answer).message ?? '').includes(text) : text.test(errorOf(answer).message ?? '')
export const noted = (step: Step, note: string) => step.note?.startsWith(note) ?? false
export const is4xx = (answer: Plain) => answer.status >= 400 && answer.status < 500
export const isJsonError = (answer: Plain) => typeof errorOf(answer).error_code === 'string'
/** The files of a listing as text, whatever the form of their paths; undefined for other answers. */
export function listing(answer: Plain): string | undefined {
  const { files } = (typeof answer.body === 'object' && answer.body !== null ? answer.body : {}) as { files?: { path: string; is_dir: boolean; file_size?: number }[] }
  if (answer.status !== 200 || files === undefined) return undefined
  return JSON.stringify(files.map(({ path, is_dir, file_size = 0 }) => [path.split('/').filter(part => part !== '' && part !== '.').join('/'), is_dir, file_size]))
}
/** The answer to runs/create without outputs and without values that are cut at 8000 characters. */
export function withoutLong({ body }: Plain): unknown {
  const { run: { outputs: _, ...run } } = body as { run: Record<string, unknown> }
  return JSON.parse(JSON.stringify(run), (_key, value: unknown) => (typeof value === 'string' && value.length >= 8000 ? 'long' : value))
}
export const without = (value: unknown, name: string): unknown =>
  JSON.parse(JSON.stringify(value), function (this: unknown, key: string, item: unknown) { return key === name ? undefined : item })
export const rawDatabaseText = /\(sqlite3\.|\[SQL: |Error: \(|raised as a result of Query-invoked|no_autoflush/
