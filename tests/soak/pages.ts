import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface OpenPages extends Disposable {
  /** Events that came to all of them so far. */
  readonly events: number
  /** Pages whose connection has ended. */
  readonly lost: number
  /** Pages that were told to read everything again, having read too slowly. */
  readonly resyncs: number
}

const event = Buffer.from('\nevent: ')
const resync = Buffer.from('\nevent: resync')

/** Opens live pages, spread over experiments: what a browser's page of an experiment listens to. */
export async function openPages(port: number, count: number, experiments: readonly string[]): Promise<OpenPages> {
  const sockets: Socket[] = []
  const seen = { events: 0, lost: 0, resyncs: 0 }
  let closing = false
  let open = 0
  for (let number = 0; number < count; number += 1) {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.write(`GET /api/cairn/v1/live?experiment_ids=${experiments[number % experiments.length]} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\n\r\n`)
    })
    socket.once('data', () => { open += 1 })
    socket.on('data', (chunk: Buffer) => {
      for (let at = chunk.indexOf(event); at >= 0; at = chunk.indexOf(event, at + 1)) {
        seen.events += 1
        if (chunk.indexOf(resync, at) === at) seen.resyncs += 1
      }
    })
    socket.on('error', () => {}).on('close', () => { if (!closing) seen.lost += 1 })
    sockets.push(socket)
    // A browser's worth at a time, not two thousand in one moment.
    if (number % 50 === 49) await sleep(5)
  }
  for (const deadline = performance.now() + 60_000; open < count; await sleep(20)) {
    if (performance.now() > deadline) throw new Error(`only ${open} of ${count} pages were answered`)
  }
  return {
    get events() { return seen.events },
    get lost() { return seen.lost },
    get resyncs() { return seen.resyncs },
    [Symbol.dispose]() {
      closing = true
      for (const socket of sockets) socket.destroy()
    },
  }
}
