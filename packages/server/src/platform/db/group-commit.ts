import { CairnError, type ErrorCode } from '@cairn/protocol'
import type { Awaitable } from './awaitable.ts'
import { together } from './together.ts'
import type { WriteOperation, Writer } from './types.ts'

/** A connection as a group of writes uses it. */
export interface WriteConnection extends Writer {
  /** Statements that changed something since the connection opened; tells whether an operation wrote. */
  readonly writes: number
  /** Whether what was begun can be committed: no statement of it has failed. */
  readonly healthy: boolean
  /** Whether a savepoint can still be gone back to: SQLite ends the transaction when the disk is full. */
  readonly inTransaction: boolean
  exec(sql: string): Awaitable<void>
  begin(): Awaitable<void>
  commit(): Awaitable<void>
  rollback(): Awaitable<void>
  rollbackTo(savepoint: string): Awaitable<void>
}

export interface Call {
  readonly operation: WriteOperation<never, unknown>
  readonly input: unknown
}

/** How one call of a group ended, in a form that can be sent between threads. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: SentError }

export interface SentError {
  readonly code: ErrorCode | undefined
  readonly message: string
  readonly stack: string | undefined
  /** What the answer says besides, as `CairnError` has it. */
  readonly headers?: Record<string, string>
}

/** Nobody knows whether the group was committed: doing its calls again might do them twice. */
export class InDoubt extends CairnError {
  constructor(message: string) {
    super('TEMPORARILY_UNAVAILABLE', message, { 'retry-after': '5' })
  }
}

/**
 * Runs calls in one transaction and commits it: one fsync for all of them (at 64 connections 28k
 * against 4k requests/s). A call that fails must not harm its neighbours. Most failures come before
 * the call has written anything and need no undoing; when one comes later, the whole group is
 * rolled back and run again with a savepoint around each call. Savepoints from the start would
 * cost every call some 3 µs.
 */
export async function commitGroup(connection: WriteConnection, calls: readonly Call[]): Promise<Outcome[]> {
  try {
    return await runPlain(connection, calls) ?? await runGuarded(connection, calls)
  } catch (error) {
    // The disk is full or the commit failed: nothing of the group is stored.
    await connection.rollback()
    return calls.length === 1 || error instanceof InDoubt ? calls.map(() => failed(error)) : runAlone(connection, calls)
  }
}

async function runPlain(connection: WriteConnection, calls: readonly Call[]): Promise<Outcome[] | undefined> {
  await connection.begin()
  let outcomes: Outcome[] = []
  if (calls.length > 1) {
    try {
      outcomes = await runTogether(connection, calls)
    } catch {
      await connection.rollback()
      return undefined
    }
  }
  for (const [index, call] of calls.entries()) {
    if (outcomes[index] !== undefined) continue
    const before = connection.writes
    try {
      outcomes[index] = { ok: true, value: await call.operation.run(connection, call.input as never) }
      if (!connection.healthy) throw wentOn()
    } catch (error) {
      if (connection.writes !== before || !connection.healthy) {
        await connection.rollback()
        return undefined
      }
      outcomes[index] = failed(error)
    }
  }
  await connection.commit()
  return outcomes
}

/**
 * Calls that can be done together, each kind at once. None of them has been acknowledged, so that no
 * caller can tell in which order they came. The places of all others stay empty.
 */
async function runTogether(connection: WriteConnection, calls: readonly Call[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const kinds = [...Map.groupBy(calls.keys(), (index) => calls[index]!.operation)].filter(([{ many }, indexes]) => many !== undefined && indexes.length > 1)
  const failures: unknown[] = []
  // A kind that fails must not leave the others behind, which would go on in the next transaction.
  await together(connection, kinds, ([operation, indexes]) => runKind(operation, indexes).catch((error: unknown) => failures.push(error)))
  if (failures.length > 0) throw failures[0]
  return outcomes

  async function runKind(operation: Call['operation'], indexes: readonly number[]): Promise<void> {
    const results = await operation.many!(connection, indexes.map((index) => calls[index]!.input as never))
    indexes.forEach((index, at) => {
      const value = results[at]
      if (value !== undefined) outcomes[index] = value instanceof CairnError ? failed(value) : { ok: true, value }
    })
  }
}

/** A statement that fails may leave a half of itself behind, and PostgreSQL nothing at all. */
const wentOn = (): Error => new Error('A write went on after an error of the database.')

async function runGuarded(connection: WriteConnection, calls: readonly Call[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  await connection.begin()
  for (const call of calls) {
    await connection.exec('SAVEPOINT call')
    try {
      const value = await call.operation.run(connection, call.input as never)
      if (!connection.healthy) throw wentOn()
      await connection.exec('RELEASE SAVEPOINT call')
      outcomes.push({ ok: true, value })
    } catch (error) {
      if (!connection.inTransaction) throw error
      await connection.rollbackTo('call')
      outcomes.push(failed(error))
    }
  }
  await connection.commit()
  return outcomes
}

async function runAlone(connection: WriteConnection, calls: readonly Call[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const call of calls) outcomes.push(...await commitGroup(connection, [call]))
  return outcomes
}

const failed = (error: unknown): Outcome => ({ ok: false, error: sendError(error) })

/** SQLITE_FULL, and the input and output errors of writing, of making durable and of making longer: https://sqlite.org/rescode.html */
const cannotWrite: ReadonlySet<number> = new Set([13, 778, 1034, 1290, 1546, 4874])

/** Nothing of the call is stored; once there is room again it can be made without anybody's help. */
export const unwritable = (what: string): CairnError =>
  new CairnError('TEMPORARILY_UNAVAILABLE', `${what} Nothing of this request was stored. An administrator has to make room; try again then.`, { 'retry-after': '30' })

export function sendError(error: unknown): SentError {
  if (error instanceof CairnError) return { code: error.code, message: error.message, stack: undefined, ...(Object.keys(error.headers).length > 0 && { headers: { ...error.headers } }) }
  const { message = String(error), stack, errcode } = error as { message?: string; stack?: string; errcode?: number }
  if (errcode !== undefined && cannotWrite.has(errcode)) return sendError(unwritable('The disk of this server is full, or cannot be written to.'))
  return { code: undefined, message, stack }
}

export function receiveError(sent: SentError): Error {
  if (sent.code !== undefined) return new CairnError(sent.code, sent.message, sent.headers)
  const error = new Error(sent.message)
  if (sent.stack !== undefined) error.stack = sent.stack
  return error
}

/** Outcomes as a message between threads holds them, and back. */
export function splitOutcomes(outcomes: readonly Outcome[]): { values: unknown[]; failures: [number, SentError][] } {
  const values: unknown[] = []
  const failures: [number, SentError][] = []
  outcomes.forEach((outcome, index) => {
    values.push(outcome.ok ? outcome.value : undefined)
    if (!outcome.ok) failures.push([index, outcome.error])
  })
  return { values, failures }
}

export function joinOutcomes(values: readonly unknown[], failures: readonly (readonly [number, SentError])[]): Outcome[] {
  const outcomes: Outcome[] = values.map((value) => ({ ok: true, value }))
  for (const [index, error] of failures) outcomes[index] = { ok: false, error }
  return outcomes
}
