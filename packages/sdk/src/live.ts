import { liveTypes, prefixes, type LiveType, type Metric, type Param, type RunInfo, type RunTag } from '@cairn/protocol'
import { ApiError, isTransient } from './errors.ts'
import { queryOf, refusal, type Transport } from './transport.ts'

interface OfRun {
  readonly experiment_id: string
  readonly run_id: string
}

/** What a live stream yields: changes, and what became of the stream itself. */
export type LiveMessage =
  | { readonly type: 'points'; readonly data: OfRun & { readonly points: readonly (Pick<Metric, 'key' | 'value' | 'timestamp'> & { readonly step?: Metric['step'] })[] } }
  | { readonly type: 'params'; readonly data: OfRun & { readonly params: readonly Param[] } }
  | { readonly type: 'tags'; readonly data: OfRun & { readonly tags?: readonly RunTag[]; readonly removed?: readonly string[] } }
  | { readonly type: 'run'; readonly data: OfRun & { readonly info: RunInfo } }
  | { readonly type: 'inputs' | 'outputs'; readonly data: OfRun }
  | { readonly type: 'artifact'; readonly data: { readonly experiment_id?: string; readonly run_id?: string; readonly model_id?: string; readonly path: string; readonly removed?: boolean } }
  | { readonly type: 'experiment'; readonly data: { readonly experiment_id: string; readonly change: string } }
  | { readonly type: 'logged-model'; readonly data: { readonly experiment_id: string; readonly model_id: string; readonly change: string } }
  | { readonly type: 'registry'; readonly data: { readonly name: string; readonly version?: string; readonly change: string } }
  /** A serving endpoint changed (`revision` is its new one), or a process that serves it reported. */
  | { readonly type: 'endpoint'; readonly data: { readonly name: string; readonly model_name: string; readonly change: string; readonly revision?: number } }
  /** A saved view of the experiment. */
  | { readonly type: 'view'; readonly data: { readonly experiment_id: string; readonly view_id: string; readonly change: string } }
  /** On a run, a panel of an experiment, or a version of a model. */
  | { readonly type: 'comment'; readonly data: { readonly comment_id: string; readonly change: string; readonly mentions: readonly string[]; readonly experiment_id?: string; readonly run_id?: string; readonly panel?: string; readonly name?: string; readonly version?: string } }
  /** Somebody looks at the same run, experiment, model or version. */
  | { readonly type: 'presence'; readonly data: { readonly viewer: string; readonly person: string; readonly change: 'ask' | 'here' | 'left'; readonly follows?: string; readonly state?: string; readonly turn?: number; readonly experiment_id?: string; readonly run_id?: string; readonly name?: string; readonly version?: string } }
  /** The stream is open; the first one, and each time after `offline`. */
  | { readonly type: 'connected'; readonly data: { readonly resumed: boolean } }
  /** The stream broke; it is taken up again by itself, and nothing is lost unless `resync` follows. */
  | { readonly type: 'offline'; readonly data: { readonly error: unknown } }
  /** Something was missed: read again what you show. */
  | { readonly type: 'resync'; readonly data: { readonly reason: string } }

export interface LiveOptions {
  readonly runIds?: readonly string[] | undefined
  readonly experimentIds?: readonly string[] | undefined
  readonly types?: readonly LiveType[] | undefined
  /** Besides, these types wherever they happen. */
  readonly everywhere?: readonly LiveType[] | undefined
  /** The id of the last event seen, to go on after it. */
  readonly lastEventId?: string | undefined
  /** The first connection: where more points and other events than this were missed since `lastEventId`, `resync` comes in their place. */
  readonly mostMissed?: number | undefined
  /** Told the id of each event, from which a later stream can go on. */
  readonly onId?: ((id: string) => void) | undefined
  /** Told of everything that comes, also where it is only that the server is there. */
  readonly onHeard?: ((heard: LiveHeard) => void) | undefined
  readonly signal?: AbortSignal | undefined
  /** The longest wait before a broken stream is tried again; default 5000. */
  readonly maxWaitMs?: number | undefined
}

/** That the server said something. */
export interface LiveHeard {
  /** Its clock then, in milliseconds since 1970; absent where it did not say. */
  readonly at?: number | undefined
  /** Of what comes first on a stream: the clock here when it was asked for, by which the two can be compared. */
  readonly askedAt?: number | undefined
}

/** Silence after which a stream counts as broken; the server says something every 15 seconds. */
const silenceMs = 40_000

/** Ends when `signal` aborts, and throws when the server refuses the stream (a 4xx). */
export async function* liveMessages(transport: Transport, options: LiveOptions): AsyncGenerator<LiveMessage> {
  let lastId = options.lastEventId
  let failures = 0
  let mostMissed = options.mostMissed
  while (!options.signal?.aborted) {
    const watch = new AbortController()
    const signal = options.signal === undefined ? watch.signal : AbortSignal.any([options.signal, watch.signal])
    let timer = setTimeout(() => watch.abort(new Error('The stream fell silent.')), silenceMs)
    let askedAt: number | undefined = Date.now()
    try {
      const response = await transport.open(`${prefixes.cairn[0]!}/live${queryOf({ run_ids: options.runIds, experiment_ids: options.experimentIds, types: options.types, everywhere: options.everywhere, most_missed: mostMissed })}`, {
        headers: { accept: 'text/event-stream', ...(lastId !== undefined && { 'last-event-id': lastId }) }, signal,
      })
      if (!response.ok) {
        throw await refusal('live', response)
      }
      mostMissed = undefined
      yield { type: 'connected', data: { resumed: lastId !== undefined } }
      for await (const event of parseEvents(response.body!)) {
        failures = 0
        clearTimeout(timer)
        timer = setTimeout(() => watch.abort(new Error('The stream fell silent.')), silenceMs)
        options.onHeard?.({ ...(event.at !== undefined && { at: event.at }), ...(askedAt !== undefined && { askedAt }) })
        askedAt = undefined
        if (event.id !== undefined && event.id !== lastId) {
          lastId = event.id
          options.onId?.(lastId)
        }
        if (event.data !== '' && known.has(event.type)) yield readMessage(event)
      }
      throw new Error('The server ended the stream.')
    } catch (error) {
      if (options.signal?.aborted) return
      if (error instanceof ApiError && !isTransient(error)) throw error
      yield { type: 'offline', data: { error } }
    } finally {
      clearTimeout(timer)
      watch.abort()
    }
    await wait(Math.min(options.maxWaitMs ?? 5000, 100 * 2 ** failures), options.signal)
    failures += 1
  }
}

function readMessage(event: RawEvent): LiveMessage {
  const message = { type: event.type, data: JSON.parse(event.data) } as LiveMessage
  if (message.type !== 'points' || !/"(?:NaN|-?Infinity)"/.test(event.data)) return message
  return { ...message, data: { ...message.data, points: message.data.points.map((point) => ({ ...point, value: Number(point.value) })) } }
}

const known = new Set<string>([...liveTypes, 'resync'])

const wait = (ms: number, signal: AbortSignal | undefined): Promise<void> => new Promise((resolve) => {
  if (signal?.aborted) return resolve()
  const timer = setTimeout(done, ms)
  function done(): void {
    clearTimeout(timer)
    signal?.removeEventListener('abort', done)
    resolve()
  }
  signal?.addEventListener('abort', done, { once: true })
})

export interface RawEvent {
  readonly type: string
  readonly data: string
  readonly id: string | undefined
  /** Of this server: its clock when it was said. */
  readonly at?: number
}

/**
 * The text/event-stream format (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 * A comment comes as an event without data, so that a reader knows that the stream is alive.
 */
export async function* parseEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<RawEvent> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let pending = ''
  let type = ''
  let data: string[] = []
  let id: string | undefined
  let at: number | undefined
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      pending += decoder.decode(value, { stream: true })
      const lines = pending.split(/\r\n|\n|\r(?!$)/)
      pending = lines.pop()!
      for (const line of lines) {
        if (line === '') {
          yield { type: type === '' ? 'message' : type, data: data.join('\n'), id, ...(at !== undefined && { at }) }
          type = ''
          data = []
          at = undefined
          continue
        }
        const colon = line.indexOf(':')
        const field = colon < 0 ? line : line.slice(0, colon)
        const text = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
        if (field === 'event') type = text
        else if (field === 'data') data.push(text)
        else if (field === 'at') at = Number(text) || undefined
        else if (field === 'id' && !text.includes('\0')) id = text
      }
    }
  } finally {
    reader.releaseLock()
    await body.cancel().catch(() => {})
  }
}
