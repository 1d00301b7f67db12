import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { commitGroup, sendError, splitOutcomes, type Call } from './group-commit.ts'
import type { FromWorker, ToWorker, WorkerData } from './messages.ts'
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
  else serveReader(port, data, find, send)
  send({ type: 'ready' })
}

type Find = (name: string) => AnyOperation
type Send = (message: FromWorker, transfer?: ArrayBuffer[]) => void

function serveWriter(port: MessagePort, connection: SqliteConnection, find: Find, send: Send): void {
  port.on('message', async (message: ToWorker) => {
    if (message.type === 'close') {
      connection[Symbol.dispose]()
      send({ type: 'closed' })
      port.close()
    } else if (message.type === 'write') {
      const found = message.names.map((name) => find(name) as WriteOperation<never, unknown>)
      const calls: Call[] = message.inputs.map((input, index) => ({ operation: found[message.which[index]!]!, input }))
      send({ type: 'wrote', ...splitOutcomes(await commitGroup(connection, calls)) })
    }
  })
}

function serveReader(port: MessagePort, data: WorkerData, find: Find, send: Send): void {
  const open = (): SqliteConnection => new SqliteConnection({ path: data.path, readOnly: true, cacheKiB: data.cacheKiB })
  const scans = open()
  // A stream keeps its snapshot while its consumer is slow, so each has a connection of its own.
  const idle: SqliteConnection[] = []
  const streams = new Map<number, { pull(): void; cancel(): void }>()

  async function serveStream(id: number, operation: StreamOperation<never>, input: unknown): Promise<void> {
    const connection = idle.pop() ?? open()
    let wake = (): void => {}
    let credits = 1
    let cancelled = false
    streams.set(id, {
      pull: () => { credits += 1; wake() },
      cancel: () => { cancelled = true; wake() },
    })
    try {
      connection.exec('BEGIN')
      for await (const piece of operation.run(connection, input as never)) {
        while (credits === 0 && !cancelled) await new Promise<void>((resolve) => { wake = resolve })
        if (cancelled) break
        credits -= 1
        send({ type: 'piece', id, piece }, ownBuffer(piece))
      }
      send({ type: 'end', id })
    } catch (error) {
      send({ type: 'end', id, error: sendError(error) })
    } finally {
      streams.delete(id)
      connection.end()
      if (idle.length < 2) idle.push(connection)
      else connection[Symbol.dispose]()
    }
  }

  port.on('message', async (message: ToWorker) => {
    switch (message.type) {
      case 'scan': {
        try {
          // Nothing in a read awaits more than microtasks, so one scan ends before the next begins.
          scans.exec('BEGIN')
          const operation = find(message.name) as ReadOperation<never, unknown>
          const value = await operation.run(scans, message.input as never)
          send({ type: 'scanned', id: message.id, outcome: { ok: true, value } }, value instanceof Uint8Array ? ownBuffer(value) : [])
        } catch (error) {
          send({ type: 'scanned', id: message.id, outcome: { ok: false, error: sendError(error) } })
        } finally {
          scans.end()
        }
        break
      }
      case 'stream': {
        try {
          void serveStream(message.id, find(message.name) as StreamOperation<never>, message.input)
        } catch (error) {
          send({ type: 'end', id: message.id, error: sendError(error) })
        }
        break
      }
      case 'pull': streams.get(message.id)?.pull(); break
      case 'cancel': streams.get(message.id)?.cancel(); break
      case 'close':
        for (const stream of streams.values()) stream.cancel()
        scans[Symbol.dispose]()
        for (const connection of idle) connection[Symbol.dispose]()
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
