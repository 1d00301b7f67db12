import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { commitGroup, sendError, splitOutcomes, type Call } from './group-commit.ts'
import type { FromWorker, ReaderDatabase, ToWorker, WorkerData } from './messages.ts'
import { ReadPool } from './read-connection.ts'
import { SqliteConnection } from './sqlite.ts'
import type { AnyOperation, ReadOperation, StreamOperation, WriteOperation } from './types.ts'

/**
 * The body of a database thread. `main` calls it from a file that also imports every slice's
 * operations, so that calls can be looked up by name.
 */
export function serveDatabaseThread(operations: readonly AnyOperation[]): void {
  const port = parentPort!
  const data = workerData as WorkerData
  const byName = new Map(operations.map((operation) => [operation.name, operation]))
  const find = (name: string): AnyOperation => {
    const operation = byName.get(name)
    if (operation === undefined) throw new Error(`No operation is called ${name}: is it in its slice's list of operations?`)
    return operation
  }
  const send = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer)
  if (data.role === 'writer') serveWriter(port, new SqliteConnection({ path: data.path, readOnly: false, cacheKiB: data.cacheKiB }), find, send)
  else serveReader(port, data.database, find, send)
}

type Find = (name: string) => AnyOperation
type Send = (message: FromWorker, transfer?: ArrayBuffer[]) => void

function serveWriter(port: MessagePort, connection: SqliteConnection, find: Find, send: Send): void {
  const receive = async (message: ToWorker): Promise<void> => {
    if (message.type === 'close') {
      connection[Symbol.dispose]()
      send({ type: 'closed' })
      port.close()
    } else if (message.type === 'write') {
      const found = message.names.map((name) => find(name) as WriteOperation<never, unknown>)
      const calls: Call[] = message.inputs.map((input, index) => ({ operation: found[message.which[index]!]!, input }))
      send({ type: 'wrote', ...splitOutcomes(await commitGroup(connection, calls)) })
    }
  }
  // The next group may come before the one at hand is done.
  let last = Promise.resolve()
  port.on('message', (message: ToWorker) => { last = last.then(() => receive(message)) })
}

async function openPool(database: ReaderDatabase): Promise<ReadPool> {
  if (database.kind === 'sqlite') {
    const { path, cacheKiB } = database
    // Scans never wait for anything, so that one connection serves them all; each stream has its own.
    return new ReadPool(() => new SqliteConnection({ path, readOnly: true, cacheKiB }), Infinity)
  }
  const { PostgresConnection } = await import('./postgres.ts')
  return new ReadPool(() => new PostgresConnection({ uri: database.uri }), database.connections)
}

function serveReader(port: MessagePort, database: ReaderDatabase, find: Find, send: Send): void {
  giveWay()
  const opened: Promise<ReadPool> = openPool(database)
  const streams = new Map<number, { pull(): void; cancel(): void }>()

  async function serveScan(id: number, name: string, input: unknown): Promise<void> {
    try {
      const operation = find(name) as ReadOperation<never, unknown>
      const value = await (await opened).use((connection) => operation.run(connection, input as never))
      send({ type: 'scanned', id, outcome: { ok: true, value } }, value instanceof Uint8Array ? ownBuffer(value) : [])
    } catch (error) {
      send({ type: 'scanned', id, outcome: { ok: false, error: sendError(error) } })
    }
  }

  async function serveStream(id: number, name: string, input: unknown): Promise<void> {
    let wake = (): void => {}
    let credits = 1
    let cancelled = false
    streams.set(id, {
      pull: () => { credits += 1; wake() },
      cancel: () => { cancelled = true; wake() },
    })
    try {
      const operation = find(name) as StreamOperation<never>
      // A stream keeps its snapshot while its consumer is slow.
      await (await opened).use(async (connection) => {
        for await (const piece of operation.run(connection, input as never)) {
          while (credits === 0 && !cancelled) await new Promise<void>((resolve) => { wake = resolve })
          if (cancelled) break
          credits -= 1
          send({ type: 'piece', id, piece }, ownBuffer(piece))
        }
      })
      send({ type: 'end', id })
    } catch (error) {
      send({ type: 'end', id, error: sendError(error) })
    } finally {
      streams.delete(id)
    }
  }

  port.on('message', async (message: ToWorker) => {
    switch (message.type) {
      case 'scan': void serveScan(message.id, message.name, message.input); break
      case 'stream': void serveStream(message.id, message.name, message.input); break
      case 'pull': streams.get(message.id)?.pull(); break
      case 'cancel': streams.get(message.id)?.cancel(); break
      case 'close':
        for (const stream of streams.values()) stream.cancel()
        await (await opened).close()
        send({ type: 'closed' })
        port.close()
        break
      case 'write': break
    }
  })
}

/** The buffer to transfer, when the bytes own all of it; pooled ones are copied. */
function ownBuffer(bytes: Uint8Array): ArrayBuffer[] {
  return bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : []
}

/**
 * Searches give way to whoever logs. With as many threads busy as there are cores (two, 16 writers, 4
 * searchers) writes were a quarter to a third more and their p99 half as long, searches 15 per cent fewer.
 * Linux alone knows a niceness of single threads; elsewhere it would be the whole server's.
 */
function giveWay(): void {
  if (process.platform !== 'linux') return
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    setPriority(thread, 5)
  } catch { /* No /proc, or a sandbox that forbids it: as it was. */ }
}
