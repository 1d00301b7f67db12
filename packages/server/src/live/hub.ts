import { randomBytes } from 'node:crypto'
import type { Channel, Message } from '../platform/db/index.ts'
import type { LiveEvent, LiveSink } from './events.ts'

/** Which events a client wants; an absent set wants all. */
export interface Interest {
  readonly runs?: ReadonlySet<string> | undefined
  readonly experiments?: ReadonlySet<string> | undefined
  readonly types?: ReadonlySet<string> | undefined
  /** Types that are wanted from everywhere, whatever the other sets say. */
  readonly everywhere?: ReadonlySet<string> | undefined
  /** Whether the client may hear of an event at all; absent where there are no accounts. */
  readonly allowed?: ((event: LiveEvent) => boolean) | undefined
}

export interface LiveLimits {
  /** Events kept for clients that come back. */
  readonly events: number
  /** Points in those events, which is what their memory is made of. */
  readonly points: number
  /** Bytes that may wait for one client before it is told to resynchronise. */
  readonly clientBytes: number
  readonly heartbeatMs: number
  /** A client that hears of nothing is told so often how far the events have come: if it asks for more, it has missed little. */
  readonly positionMs: number
  /** How long after the last client left events are still kept for its return. */
  readonly returnMs: number
}

export const defaultLiveLimits: LiveLimits = { events: 4096, points: 50_000, clientBytes: 1 << 20, heartbeatMs: 15_000, positionMs: 2000, returnMs: 120_000 }

interface Entry {
  readonly seq: number
  readonly event: LiveEvent
  readonly points: number
  /** When it was handed on. */
  readonly at: number
  /** The event without its type, where another server has written it. */
  readonly data?: string
  /** As sent; the same bytes for every client. */
  text?: Buffer
}

/**
 * Hands events to clients. A publisher only appends to memory; what a client has not read waits for
 * it up to a bound, so that a slow client never slows a writer or another client.
 */
export class LiveHub implements LiveSink, Disposable {
  /** Differs at every start, so that an id of an earlier process is not taken for one of this; the same for servers that share their events. */
  #epoch = randomBytes(4).toString('hex')
  #channel: Channel | undefined
  /** Whoever has seen less than this may have missed something for good. */
  #gapAt = 0
  readonly #limits: LiveLimits
  readonly #now: () => number
  #seq = 0
  #recent: Entry[] = []
  #recentPoints = 0
  readonly #clients = new Set<Client>()
  /** Nobody watches and nobody may come back: then events are only counted. Keeping them cost a fifth of log-metric. */
  #closed = false
  #idle = true
  #leaving: NodeJS.Timeout | undefined
  /** The last event that was handed to clients. */
  #told = 0
  #telling: NodeJS.Timeout | undefined

  /** Events whose listeners are not known yet, in their order. */
  #preparing: Promise<void> | undefined
  readonly #prepare: (event: LiveEvent) => Promise<unknown> | undefined

  /** `prepare` is asked before an event is handed to clients, for what their `allowed` must know. */
  constructor(limits: LiveLimits = defaultLiveLimits, prepare: (event: LiveEvent) => Promise<unknown> | undefined = () => undefined, now: () => number = Date.now) {
    this.#limits = limits
    this.#now = now
    this.#prepare = prepare
  }

  /** The id of the last event, from which a page that reads now can follow. */
  get position(): string {
    return `${this.#epoch}-${this.#seq}`
  }

  /**
   * The same for a page that will follow soon: what happens until it does is kept, as for one that
   * comes back. Undefined where other servers' events would be missed.
   */
  expect(): string | undefined {
    if (this.#channel !== undefined && this.#idle) return undefined
    this.#idle = false
    if (this.#clients.size === 0) this.#restSoon()
    return this.position
  }

  /** From now on events go to all servers of the database, and come from them. */
  async share(open: (listener: { message(message: Message): void; gap(reason: string): void }) => Promise<Channel | undefined>): Promise<void> {
    this.#channel = await open({ message: (message) => this.#receive(message), gap: (reason) => this.#gap(reason) })
    if (this.#channel === undefined) return
    this.#epoch = 'all'
    this.#seq = this.#channel.position
  }

  get watchers(): number {
    return this.#clients.size
  }

  publish(event: LiveEvent): void {
    if (this.#channel !== undefined) {
      const { type, ...data } = event
      this.#channel.send(() => `${type} ${toJson(data)}`)
      return
    }
    if (isFleeting(event)) return this.#tell(event)
    this.#seq += 1
    if (!this.#idle) this.#add({ seq: this.#seq, event, at: this.#now(), points: event.type === 'points' ? event.points.length : 0 })
  }

  #receive(message: Message): void {
    this.#seq = message.seq
    if (this.#idle) return
    const entry = received(message, this.#now())
    if (isFleeting(entry.event)) this.#tell(entry.event)
    else this.#add(entry)
  }

  /** To those who listen now: it has no id, and nobody who comes back asks for it. */
  #tell({ type, ...data }: LiveEvent): void {
    const event = { type, ...data } as LiveEvent
    let text: Buffer | undefined
    for (const client of this.#clients) if (wants(client.interest, event)) client.push(text ??= Buffer.from(`event: ${type}\ndata: ${toJson(data)}\n\n`))
  }

  #gap(reason: string): void {
    this.#gapAt = this.#seq
    this.#told = this.#seq
    this.#recent = []
    this.#recentPoints = 0
    for (const client of this.#clients) client.push(resync(reason, this.position))
  }

  #add(entry: Entry): void {
    const ready = this.#prepare(entry.event)
    if (ready === undefined && this.#preparing === undefined) return this.#deliver(entry)
    // Where it cannot be known, nobody hears of it.
    const mine: Promise<void> = Promise.all([this.#preparing, ready?.catch(() => undefined)]).then(() => {
      this.#deliver(entry)
      if (this.#preparing === mine) this.#preparing = undefined
    })
    this.#preparing = mine
  }

  #deliver(entry: Entry): void {
    const { event } = entry
    this.#recent.push(entry)
    this.#recentPoints += entry.points
    // Cut in larger steps: shifting a long array at every event would cost more than the event.
    if (this.#recent.length > 1.5 * this.#limits.events || this.#recentPoints > 1.5 * this.#limits.points) this.#forget()
    this.#told = entry.seq
    for (const client of this.#clients) {
      if (entry.seq <= client.after || !wants(client.interest, event)) continue
      client.push(this.#encode(entry))
      client.told = entry.seq
    }
  }

  /** To those who have heard of nothing for a while. */
  #tellPosition(): void {
    const text = Buffer.from(`${this.#time()}id: ${this.#epoch}-${this.#told}\n\n`)
    for (const client of this.#clients) {
      if (client.told >= this.#told || client.after > this.#told) continue
      client.push(text)
      client.told = this.#told
    }
  }

  /**
   * The stream of one client; ends when `signal` aborts or the server stops. Where it has missed more
   * than `mostMissed` points and other events, it is told to read again.
   */
  async *subscribe(interest: Interest, lastEventId: string | undefined, signal: AbortSignal, mostMissed = Infinity): AsyncGenerator<Buffer> {
    const client = new Client(interest, this.#limits.clientBytes, () => this.position)
    this.#idle = false
    clearTimeout(this.#leaving)
    await this.#channel?.attend()
    const missed = lastEventId === undefined ? nothingMissed : await this.#missed(lastEventId)
    this.#clients.add(client)
    this.#telling ??= setInterval(() => this.#tellPosition(), this.#limits.positionMs).unref()
    const end = (): void => client.end()
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted || this.#closed) client.end()
    const heartbeat = setInterval(() => client.push(Buffer.from(`: alive\n${this.#time()}\n`)), this.#limits.heartbeatMs)
    try {
      client.push(Buffer.from(`${this.#time()}retry: 1000\nid: ${lastEventId === undefined ? this.position : cleanId(lastEventId)}\n\n`))
      if (missed === undefined) client.push(resync('what was missed is no longer kept', this.position))
      else if (missed !== nothingMissed) {
        this.#replay(client, missed, mostMissed)
        // What was missed is old; that it is all there is said now.
        client.push(Buffer.from(`${this.#time()}\n`))
      }
      yield* client.read()
    } finally {
      clearInterval(heartbeat)
      signal.removeEventListener('abort', end)
      this.#clients.delete(client)
      if (this.#clients.size === 0) {
        clearInterval(this.#telling)
        this.#telling = undefined
        this.#restSoon()
      }
    }
  }

  #restSoon(): void {
    clearTimeout(this.#leaving)
    this.#leaving = setTimeout(() => this.#rest(), this.#limits.returnMs)
    this.#leaving.unref()
  }

  #rest(): void {
    this.#channel?.leave()
    this.#idle = true
    this.#recent = []
    this.#recentPoints = 0
  }

  /** Ends every stream: their readers come back, to this server when it is there again, or to another. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#leaving)
    for (const client of this.#clients) client.end()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** What came after an event, or undefined where that is not known any more. */
  async #missed(lastEventId: string): Promise<Missed | undefined> {
    const [epoch, seqText] = lastEventId.split('-')
    const seq = Number(seqText)
    if (epoch !== this.#epoch || !Number.isInteger(seq) || seq < this.#gapAt || (seq > this.#seq && this.#channel === undefined)) return undefined
    const oldest = this.#recent[0]?.seq ?? this.#seq + 1
    if (this.#channel === undefined) return seq < oldest - 1 ? undefined : { after: seq, entries: this.#recent.filter((entry) => entry.seq > seq) }
    const kept = await this.#channel.since(seq).catch(() => undefined)
    const entries = kept?.map((message) => received(message, this.#now()))
    for (const { event } of entries ?? []) await this.#prepare(event)?.catch(() => undefined)
    return entries && { after: seq, entries }
  }

  #replay(client: Client, { after, entries }: Missed, most: number): void {
    const last = entries.at(-1)?.seq ?? after
    // What has come while the others were read.
    const since = this.#recent.filter((entry) => entry.seq > last)
    client.after = since.at(-1)?.seq ?? last
    const wanted = [...entries, ...since].filter(({ event }) => !isFleeting(event) && wants(client.interest, event))
    if (most < Infinity && wanted.reduce((sum, { points }) => sum + Math.max(1, points), 0) > most) client.push(resync('more was missed than is asked for', this.position))
    else for (const entry of wanted) client.push(this.#encode(entry))
  }

  /** The clock, by which a reader tells how old it is what it hears. Other readers of event streams skip the field. */
  #time(): string {
    return `at: ${this.#now()}\n`
  }

  #forget(): void {
    let from = 0
    while (from < this.#recent.length - 1 && (this.#recent.length - from > this.#limits.events || this.#recentPoints > this.#limits.points)) {
      this.#recentPoints -= this.#recent[from]!.points
      from += 1
    }
    this.#recent = this.#recent.slice(from)
  }

  #encode(entry: Entry): Buffer {
    if (entry.text === undefined) {
      const { type, ...data } = entry.event
      entry.text = Buffer.from(`at: ${entry.at}\nevent: ${type}\nid: ${this.#epoch}-${entry.seq}\ndata: ${entry.data ?? toJson(data)}\n\n`)
    }
    return entry.text
  }
}

/** What counts now or not at all. */
const isFleeting = ({ type }: LiveEvent): boolean => type === 'presence'

interface Missed {
  readonly after: number
  readonly entries: readonly Entry[]
}
/** A client that comes for the first time has missed nothing. */
const nothingMissed: Missed = { after: Infinity, entries: [] }

/** Numbers beyond ±2^53 are rounded in `event`, which only tells whom it concerns; `data` is what was sent. */
function received({ seq, body }: Message, at: number): Entry {
  const blank = body.indexOf(' ')
  const data = body.slice(blank + 1)
  const event = { type: body.slice(0, blank), ...JSON.parse(data) as object } as LiveEvent
  return { seq, event, data, at, points: event.type === 'points' ? event.points.length : 0 }
}

const resync = (reason: string, position: string): Buffer => Buffer.from(`event: resync\nid: ${position}\ndata: ${JSON.stringify({ reason })}\n\n`)
const cleanId = (id: string): string => id.replace(/[^\w-]/g, '').slice(0, 64)

function wants(interest: Interest, event: LiveEvent): boolean {
  return asksFor(interest, event) && (interest.allowed === undefined || interest.allowed(event))
}

function asksFor({ runs, experiments, types, everywhere }: Interest, event: LiveEvent): boolean {
  if (everywhere?.has(event.type)) return true
  if (types !== undefined && !types.has(event.type)) return false
  if (runs === undefined && experiments === undefined) return true
  if ('run_id' in event && event.run_id !== undefined && runs?.has(event.run_id)) return true
  return 'experiment_id' in event && event.experiment_id !== undefined && (experiments?.has(event.experiment_id) ?? false)
    // The registry and endpoints belong to no experiment; who asks for their type gets them.
    || (event.type === 'registry' || event.type === 'endpoint' || ((event.type === 'comment' || event.type === 'presence') && event.name !== undefined)) && (types?.has(event.type) ?? false)
}

/** NaN and the infinities as protobuf's strings, int64 beyond ±2^53 exactly. */
const toJson = (value: unknown): string => JSON.stringify(value, (_key, item: unknown) => {
  if (typeof item === 'number') return Number.isFinite(item) ? item : String(item)
  return typeof item === 'bigint' ? JSON.rawJSON(String(item)) : item
})

class Client {
  readonly interest: Interest
  /** Events up to this one it has. */
  after = 0
  /** The last one of which it knows the id. */
  told = 0
  readonly #limit: number
  readonly #position: () => string
  #waiting: Buffer[] = []
  #bytes = 0
  #behind = false
  #ended = false
  #wake: (() => void) | undefined

  constructor(interest: Interest, limit: number, position: () => string) {
    this.interest = interest
    this.#limit = limit
    this.#position = position
  }

  push(text: Buffer): void {
    if (this.#behind) return
    if (this.#bytes + text.length > this.#limit && this.#waiting.length > 0) {
      this.#behind = true
      this.#waiting = []
      this.#bytes = 0
    } else {
      this.#waiting.push(text)
      this.#bytes += text.length
    }
    this.#wake?.()
  }

  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  /** Everything that waits, in one piece each time the consumer is ready. */
  async *read(): AsyncGenerator<Buffer> {
    while (!this.#ended) {
      if (this.#behind) {
        this.#behind = false
        yield resync('this client reads too slowly', this.#position())
      } else if (this.#waiting.length > 0) {
        const pieces = this.#waiting
        this.#waiting = []
        this.#bytes = 0
        yield pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
      } else {
        await new Promise<void>((resolve) => { this.#wake = resolve })
        this.#wake = undefined
      }
    }
  }
}
