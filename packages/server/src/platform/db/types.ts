/**
 * The database as slices see it. Store functions are written once, `await` what they ask for, and
 * run on SQLite (where an answer is there at once) and on PostgreSQL (where it is a promise).
 * SQL is text with `?` for each parameter, in the subset that both understand; what differs is in
 * `dialect.ts`. Statements are prepared once per text, so build texts from few shapes.
 */

import { CairnError } from '@cairn/protocol'
import type { Awaitable } from './awaitable.ts'
import type { Channel, ChannelListener, Lease } from './channel.ts'

/** Integers beyond ±2^53 come and go as `bigint`. NaN cannot be stored: SQLite has none. */
export type Value = string | number | bigint | Uint8Array | null

export interface Reader {
  readonly dialect: Dialect
  /**
   * Whether a statement is a journey to another process, so that few large ones beat many small ones.
   * Those that are asked in the same turn (`together`) travel as one.
   */
  readonly remote: boolean
  /** Every row, as an object by column name. */
  all<Row = Record<string, Value>>(sql: string, params?: readonly Value[]): Awaitable<Row[]>
  /** Every row, as an array in column order: half the cost, for hot paths. */
  rows<Row extends unknown[] = Value[]>(sql: string, params?: readonly Value[]): Awaitable<Row[]>
  /** The first row, or undefined. */
  one<Row = Record<string, Value>>(sql: string, params?: readonly Value[]): Awaitable<Row | undefined>
  /**
   * Rows one after the other, for results that must not be held in memory. The statement stays
   * open while the loop runs.
   */
  each<Row extends unknown[] = Value[]>(sql: string, params?: readonly Value[]): AsyncIterable<Row> | Iterable<Row>
  /**
   * A value that lives as long as this connection, for facts that never change once committed
   * (interned ids). It is dropped whenever a transaction rolls back.
   */
  cache<T>(name: string, create: () => T): T
}

/** Only code inside a transaction has one of these, so only it can write. */
export interface Writer extends Reader {
  /** Runs a statement that changes rows; answers how many. */
  run(sql: string, params?: readonly Value[]): Awaitable<number>
  /** Inserts so many new rows into a table that numbers them; answers each `id`, in their order. For SQLite 2 µs less than RETURNING. */
  insert(sql: string, params: readonly Value[], rows: number): Awaitable<number[]>
}

/**
 * Work on the database with a name, so that it can be sent to the thread that does it. Input and
 * output must survive `structuredClone`. A write that throws leaves nothing behind and harms none
 * of the writes that share its commit; throw `CairnError` for what the caller should hear.
 * Nothing but the transaction may be awaited in it: no files, no network, no timers.
 */
export interface WriteOperation<In, Out> {
  readonly kind: 'write'
  readonly name: string
  run(tx: Writer, input: In): Awaitable<Out>
  /**
   * The same for many inputs at once, in any order, in fewer statements than one by one: where each is a
   * journey that is four times as quick, in SQLite a tenth. Answers a value or what the caller should
   * hear for each, and nothing for what `run` is to do after it. Throwing makes `run` do them one by one.
   */
  readonly many?: ((tx: Writer, inputs: readonly In[]) => Awaitable<(Out | CairnError | undefined)[]>) | undefined
}
export interface ReadOperation<In, Out> {
  readonly kind: 'read'
  readonly name: string
  run(tx: Reader, input: In): Awaitable<Out>
  /** Whether its answer is put together so quickly that the server's own thread may do it, where the database is another process. */
  readonly isShort?: ((input: In) => boolean) | undefined
}
export interface StreamOperation<In> {
  readonly kind: 'stream'
  readonly name: string
  /** Yields pieces of some 64 KB; each is sent on before the next is asked for. */
  run(tx: Reader, input: In): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}
// The type parameters vary per operation; a table of operations forgets them.
export type AnyOperation = WriteOperation<never, unknown> | ReadOperation<never, unknown> | StreamOperation<never>

/** `name` is `slice.verb`, unique in the server. */
export const write = <In, Out>(name: string, run: WriteOperation<In, Out>['run'], many?: WriteOperation<In, Out>['many']): WriteOperation<In, Out> => ({ kind: 'write', name, run, many })
/** A write that has one way for one and for many. */
export const writeMany = <In, Out>(name: string, many: (tx: Writer, inputs: readonly In[]) => Promise<(Out | CairnError)[]>): WriteOperation<In, Out> => ({
  kind: 'write', name, many,
  async run(tx, input) {
    const [result] = await many(tx, [input])
    if (result instanceof CairnError) throw result
    return result as Out
  },
})
export const read = <In, Out>(name: string, run: ReadOperation<In, Out>['run'], isShort?: ReadOperation<In, Out>['isShort']): ReadOperation<In, Out> => ({ kind: 'read', name, run, isShort })
export const stream = <In>(name: string, run: StreamOperation<In>['run']): StreamOperation<In> => ({ kind: 'stream', name, run })

export interface Database extends AsyncDisposable {
  readonly dialect: Dialect
  /** Resolves after the commit that holds the write is durable. Concurrent writes share commits. */
  write<In, Out>(operation: WriteOperation<In, Out>, input: In): Promise<Out>
  /** A read of a few rows by key: done at once on this thread (some 10 µs). */
  read<In, Out>(operation: ReadOperation<In, Out>, input: In): Promise<Out>
  /** A read that may look at many rows: done in a reader thread, so that it never blocks the loop; or here, where it `isShort` and the loop only waits for it. */
  scan<In, Out>(operation: ReadOperation<In, Out>, input: In): Promise<Out>
  /** Much will be read before long: starts the thread for it, which takes a tenth of a second, if there is none. */
  warm(): void
  /** A read whose answer is too large to hold: pieces arrive as the consumer takes them. */
  stream<In>(operation: StreamOperation<In>, input: In, signal?: AbortSignal): AsyncIterable<Uint8Array>
  /** Messages to the other servers of this database; undefined where there can be no other. */
  channel(listener: ChannelListener): Promise<Channel | undefined>
  /** Work called `name` is done by one server at a time: the one that holds the lease, until it ends. */
  lease(name: string): Lease
}

/** The few words in which the two databases differ. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres'
  /** Column type of a key that numbers itself. */
  readonly id: string
  readonly blob: string
  /** Ends the CREATE TABLE of a table whose rows live in its primary key. */
  readonly clustered: string
  /** A case-sensitive LIKE of `column` with one `?`: `_` and `%` are wildcards, no escape. */
  like(column: string): string
  /** The same, whatever the case. */
  ilike(column: string): string
  /** Sorts text by bytes, whatever the locale. */
  bytewise(column: string): string
  /**
   * A statement whose one row is another as soon as anything in the database may have changed since the
   * same connection asked it before; undefined where nothing tells that for less than asking again.
   */
  readonly version: string | undefined
  /** Joins the row of `table` whose unique `column` is `value`, as `alias`: by looking it up for each row before, whatever the database thinks best. */
  lookUp(table: string, alias: string, column: string, value: string): string
  /**
   * A sorted query as a table, of which a statement that sorts by more columns than that only takes as many
   * rows as it needs; undefined where it would take all.
   */
  readonly inOrder: ((query: string) => string) | undefined
  /** Compares a column with the values of a query of one column: looks each up in the column's index. */
  among(query: string): string
  /** How many blobs of some kilobytes are best asked for at once. */
  readonly blobsAtOnce: number
}

/** Forward-only. `up` gives the statements for a dialect; a migration that has landed never changes. */
export interface Migration {
  /** `slice/0001-what`. Order within a slice counts; slices migrate in the order `main` lists them. */
  readonly name: string
  up(dialect: Dialect): readonly string[]
}
