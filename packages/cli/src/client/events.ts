import { setTimeout as sleep } from 'node:timers/promises'
import { prefixes } from '@cairn/protocol'
import { queryText, ServerUnreachable, type Connection } from './connection.ts'

export interface ServerEvent {
  /** `connected` where a stream begins; else the name that the server gave. */
  readonly type: string
  readonly data: unknown
}

const attempts = 20

/**
 * Events of some runs as they happen. A broken stream is taken up again where it broke; after each
 * `connected` or `resync` the reader should read what it shows once more, for something may have
 * been missed before the first event.
 */
export async function* liveEvents(connection: Connection, query: Readonly<Record<string, unknown>>): AsyncGenerator<ServerEvent> {
  let lastId: string | undefined
  for (let failed = 0; failed < attempts; failed += 1) {
    try {
      const response = await connection.fetch(`${prefixes.cairn[0]!}/live${queryText(query)}`, {
        headers: { accept: 'text/event-stream', ...(lastId !== undefined && { 'last-event-id': lastId }) },
      })
      if (lastId === undefined) yield { type: 'connected', data: undefined }
      for await (const event of parseEvents(response.body!)) {
        failed = 0
        lastId = event.id ?? lastId
        if (event.data !== '') yield { type: event.type, data: JSON.parse(event.data) as unknown }
      }
    } catch (error) {
      if (connection.signal.aborted) throw error
      // The first connection must work; a later one gets time, as servers are restarted.
      const broken = error instanceof ServerUnreachable || error instanceof TypeError
      if (!broken || lastId === undefined || failed === attempts - 1) throw error
    }
    await sleep(Math.min(1000, 100 * 2 ** failed), undefined, { signal: connection.signal })
  }
}

interface RawEvent {
  readonly type: string
  readonly data: string
  readonly id: string | undefined
}

/** The text/event-stream format: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export async function* parseEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<RawEvent> {
  const decoder = new TextDecoder()
  let pending = ''
  let type = ''
  let data: string[] = []
  let id: string | undefined
  for await (const chunk of body) {
    pending += decoder.decode(chunk, { stream: true })
    const lines = pending.split(/\r\n|\n|\r(?!$)/)
    pending = lines.pop()!
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0 || id !== undefined) yield { type: type === '' ? 'message' : type, data: data.join('\n'), id }
        type = ''
        data = []
        id = undefined
        continue
      }
      const [, name, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line)!
      if (name === 'event') type = value ?? ''
      else if (name === 'data') data.push(value ?? '')
      else if (name === 'id') id = value ?? ''
    }
  }
}
