import type { CairnClient, LiveHeard, LiveMessage } from '@cairn/sdk'
import { Age } from './age.ts'
import { concerns, covers, union, type Interest, type Query } from './interest.ts'

/** `behind`: something was missed, and what is shown is being read again. `paused`: nobody looks at the page. */
export type LiveState = 'connecting' | 'live' | 'behind' | 'offline' | 'paused'

interface Listener {
  readonly interest: Interest
  /** Whether it has been told that from now on it hears everything. */
  connected: boolean
  /** The last event that it knows; undefined for one that comes for the first time. */
  after: string | undefined
  /** The stream was opened to bring what it has missed. */
  resuming: boolean
  hear(message: LiveMessage): void
}

export interface LiveTimes {
  /** Within this, parts of a page that come and go change the stream once. */
  readonly gatherMs: number
  /** A stream that brings more than is wanted is kept this long, for whoever comes back. */
  readonly lingerMs: number
  /** A page that nobody looks at gives up its connection after this: browsers allow six to a server. */
  readonly hiddenMs: number
  /** How old what comes is is told so often at most. */
  readonly ageMs: number
}

/** How fresh what is shown is. */
export interface Freshness {
  /** How many milliseconds what came last was on its way; undefined while it is not known. */
  readonly lagMs: number | undefined
  /** When the server said something last, by the clock here. */
  readonly heardAt: number | undefined
}

/** Who comes back is told what was missed if it is no more than so many points and other events; to read again is less than that. */
const mostMissed = 500
/** Listeners that left, of which it is remembered where. */
const mostLeft = 100

const usual: LiveTimes = { gatherMs: 15, lingerMs: 5000, hiddenMs: 30_000, ageMs: 1000 }

/**
 * The one stream of a page, shared by everything on it. It is opened again with another query when
 * somebody wants to hear more, and goes on after the last event, so that nothing is lost in between.
 */
export class LiveConnection implements Disposable {
  readonly #client: Pick<CairnClient, 'live'>
  readonly #times: LiveTimes
  readonly #listeners = new Set<Listener>()
  readonly #watchers = new Set<() => void>()
  #state: LiveState = 'connecting'
  readonly #now: () => number
  readonly #age = new Age()
  #freshness: Freshness = { lagMs: undefined, heardAt: undefined }
  #heardLast: Freshness = this.#freshness
  #telling: ReturnType<typeof setTimeout> | undefined
  #query: Query | undefined
  #abort: AbortController | undefined
  #lastId: string | undefined
  /** Where listeners were when they left, by their names. */
  readonly #left = new Map<string, string>()
  /** While the stream brings what was missed to those who come back: what all others know. */
  #heardTo: string | undefined
  /** Whoever is there when the first stream opens has read what was before it. */
  #begun = false
  #holding: ReturnType<typeof setTimeout> | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #due = Infinity
  #lingering = false
  #hidden = false
  #hiding: ReturnType<typeof setTimeout> | undefined

  constructor(client: Pick<CairnClient, 'live'>, times: LiveTimes = usual, now: () => number = Date.now) {
    this.#client = client
    this.#now = now
    this.#times = times
  }

  get state(): LiveState {
    return this.#state
  }

  get freshness(): Freshness {
    return this.#freshness
  }

  readonly watch = (changed: () => void): (() => void) => {
    this.#watchers.add(changed)
    return () => void this.#watchers.delete(changed)
  }

  /**
   * Every listener first hears `connected`: what it reads from then on misses nothing. One with a name
   * that was there before goes on where it left (`resumed`), if what it missed is little and still known.
   */
  listen(interest: Interest, hear: (message: LiveMessage) => void, name?: string): () => void {
    const listener: Listener = { interest, connected: false, hear, resuming: false, after: name === undefined ? undefined : this.#left.get(name) }
    this.#listeners.add(listener)
    this.#later(this.#times.gatherMs)
    return () => {
      this.#listeners.delete(listener)
      if (name !== undefined && listener.connected) this.#leave(name, further(listener.after, this.#lastId))
      this.#later(this.#times.lingerMs)
    }
  }

  /** Listeners with these names, which are to come, have read what was before this event. */
  readAt(position: string, names: readonly string[]): void {
    for (const name of names) this.#leave(name, position)
  }

  #leave(name: string, position: string | undefined): void {
    this.#left.delete(name)
    if (position !== undefined) this.#left.set(name, position)
    if (this.#left.size > mostLeft) this.#left.delete(this.#left.keys().next().value!)
  }

  /** All that the page has read it read after this event: its first stream goes on from here, and nobody reads again. */
  startAt(position: string): void {
    if (this.#lastId !== undefined || this.#query !== undefined) return
    this.#lastId = position
    this.#begun = true
  }

  /** The first stream is not opened before `release`: what is about to be read says where it begins. Nobody waits longer than `mostMs`. */
  hold(mostMs = 10_000): void {
    if (this.#query !== undefined) return
    this.#holding = setTimeout(() => this.release(), mostMs)
  }

  release(): void {
    if (this.#holding === undefined) return
    clearTimeout(this.#holding)
    this.#holding = undefined
    this.#later(this.#times.gatherMs)
  }

  /** Whether somebody looks at the page. */
  setHidden(hidden: boolean): void {
    this.#hidden = hidden
    clearTimeout(this.#hiding)
    if (!hidden && this.#state === 'paused') this.#open()
    else if (hidden) {
      this.#hiding = setTimeout(() => {
        this.#close()
        this.#become('paused')
      }, this.#times.hiddenMs)
    }
  }

  /** Does not wait until a stream that broke is tried again: the network is there. */
  retry(): void {
    if (this.#state === 'offline' && this.#query !== undefined) this.#open()
  }

  /** The network is said to be gone: a stream that breaks without a word would be believed for another while. */
  check(): void {
    if (this.#query !== undefined && (this.#state === 'live' || this.#state === 'behind')) this.#open()
  }

  /** What was missed has been read again. */
  caughtUp(): void {
    if (this.#state === 'behind') this.#become('live')
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#holding)
    clearTimeout(this.#timer)
    clearTimeout(this.#hiding)
    clearTimeout(this.#telling)
    this.#listeners.clear()
    this.#close()
  }

  #later(ms: number): void {
    const due = Date.now() + ms
    if (due >= this.#due) return
    clearTimeout(this.#timer)
    this.#due = due
    this.#timer = setTimeout(() => {
      this.#due = Infinity
      this.#settle()
    }, ms)
  }

  #settle(): void {
    if (this.#listeners.size === 0) return this.#close()
    if (this.#holding !== undefined) return
    if (this.#hidden && this.#state === 'paused') return
    const wanted = union([...this.#listeners].map(({ interest }) => interest))
    // Those who come back to a stream that has gone on since they left.
    if ([...this.#listeners].some(({ connected, after }) => !connected && isLater(this.#lastId, after))) return this.#open()
    if (this.#query === undefined || !covers(this.#query, wanted) || !covers(wanted, this.#query)) {
      // Widened at once, narrowed when the stream has lingered.
      if (this.#query === undefined || !covers(this.#query, wanted)) return this.#open()
      this.#later(this.#times.lingerMs)
      if (this.#lingering) return this.#open()
      this.#lingering = true
    } else this.#lingering = false
    if (this.#state === 'live' || this.#state === 'behind') this.#welcome()
  }

  /** Tells those who came to a stream that brings already what they want. */
  #welcome(): void {
    for (const listener of this.#listeners) {
      if (listener.connected) continue
      listener.connected = true
      listener.hear({ type: 'connected', data: { resumed: listener.after !== undefined } })
    }
  }

  #close(): void {
    this.#abort?.abort()
    this.#abort = undefined
    this.#query = undefined
  }

  #open(): void {
    this.#close()
    this.#lingering = false
    const abort = this.#abort = new AbortController()
    this.#query = union([...this.#listeners].map(({ interest }) => interest))
    const heardTo = this.#lastId
    this.#heardTo = undefined
    for (const listener of this.#listeners) {
      listener.resuming = !listener.connected && listener.after !== undefined
      if (listener.connected) listener.after = further(listener.after, heardTo)
      if (listener.resuming) this.#heardTo = heardTo
      if (listener.resuming && isLater(this.#lastId, listener.after)) this.#lastId = listener.after
    }
    void this.#follow(this.#query, abort)
  }

  async #follow(query: Query, abort: AbortController): Promise<void> {
    while (!abort.signal.aborted) {
      try {
        const messages = this.#client.live({
          ...query, signal: abort.signal, onId: (id) => { this.#lastId = id }, onHeard: (heard) => { if (!abort.signal.aborted) this.#heard(heard) }, ...(this.#lastId !== undefined && { lastEventId: this.#lastId }),
          ...(this.#heardTo !== undefined && { mostMissed }),
        })
        for await (const message of messages) {
          if (abort.signal.aborted) return
          this.#hear(message)
        }
      } catch {
        // The server refuses the stream: whoever waits for it must not wait for ever.
        if (!abort.signal.aborted) this.#become('offline')
      }
      if (!abort.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5000))
    }
  }

  /** Told at once when it becomes known, then now and then: everything that comes would draw it anew. */
  #heard(heard: LiveHeard): void {
    const now = this.#now()
    this.#heardLast = { lagMs: this.#age.hear(heard, now) ?? this.#heardLast.lagMs, heardAt: now }
    if (this.#freshness.lagMs === undefined && this.#heardLast.lagMs !== undefined) return this.#tellFreshness()
    this.#telling ??= setTimeout(() => this.#tellFreshness(), this.#times.ageMs)
  }

  #tellFreshness(): void {
    clearTimeout(this.#telling)
    this.#telling = undefined
    this.#freshness = this.#heardLast
    for (const changed of this.#watchers) changed()
  }

  #hear(message: LiveMessage): void {
    if (message.type === 'resync' && this.#heardTo !== undefined) return this.#giveUp(message, this.#heardTo)
    if (message.type === 'connected') this.#become('live')
    else if (message.type === 'offline') this.#become('offline')
    else if (message.type === 'resync') this.#become('behind')
    // All that was missed has come.
    else if (isLater(this.#lastId, this.#heardTo)) this.#heardTo = undefined
    const begun = this.#begun
    if (message.type === 'connected') this.#begun = false
    for (const listener of this.#listeners) {
      if (message.type === 'connected') {
        const resumed = message.data.resumed && (listener.connected || begun || listener.after !== undefined)
        listener.connected = true
        listener.hear({ type: 'connected', data: { resumed } })
      // Who has just come reads when it is told that it is connected, and nobody hears twice what others come back to.
      } else if (listener.connected && concerns(listener.interest, message) && (isOutside(message) || listener.after === undefined || isLater(this.#lastId, listener.after))) listener.hear(message)
    }
  }

  /** Too much was missed by those who came back: they read again, and the stream goes on where the others are. */
  #giveUp(message: LiveMessage, heardTo: string): void {
    this.#lastId = heardTo
    for (const listener of this.#listeners) if (listener.resuming) listener.hear(message)
    this.#open()
  }

  #become(state: LiveState): void {
    if (state === this.#state) return
    this.#state = state
    this.#tellFreshness()
  }
}

/** Whether an event came after another, which it did too where one of them is of another life of the server; not where one is unknown. */
function isLater(id: string | undefined, than: string | undefined): boolean {
  if (id === undefined || than === undefined) return false
  const [[life, turn], [other, before]] = [id.split('-'), than.split('-')]
  return life !== other || Number(turn) > Number(before)
}

/** The event that is known to a listener which knew one before the stream came to another: while the stream brings to others what they missed it is behind. */
const further = (known: string | undefined, reached: string | undefined): string | undefined =>
  (isLater(known, reached) && known!.split('-')[0] === reached!.split('-')[0] ? known : reached)

/** What has no place among the events. */
const isOutside = ({ type }: LiveMessage): boolean => type === 'presence' || type === 'offline' || type === 'resync'
