import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { Channel, ChannelListener, Message } from './channel.ts'
import { PostgresConnection, schemaLock } from './postgres.ts'
import { openClient } from './postgres-client.ts'
import type { Migration } from './types.ts'

export const channelMigrations: Migration[] = [
  {
    name: 'platform/0001-channel',
    up: ({ name, id }) => (name === 'sqlite' ? [] : [
      `CREATE TABLE channel_messages (seq ${id}, sent_at BIGINT NOT NULL, body TEXT NOT NULL)`,
      'CREATE INDEX channel_messages_by_time ON channel_messages (sent_at)',
    ]),
  },
]

const keptMs = 10 * 60_000
/** Attention is renewed three times before it would run out. */
const attentionMs = 30_000
/** How long after it was asked for every server has heard of it, with room to spare. */
const settleMs = 200
const lookMs = 2000
const atOnce = 500
const gapMark = ''
/** Stands for messages that were lost on their way: whoever watches, at whichever server, reads anew. */
const lostMark = 'lost'

/** LISTEN and NOTIFY tell that there is something; what it is stands in a table, since a notice holds 8 kB at most. */
export async function openPostgresChannel(uri: string, listener: ChannelListener): Promise<Channel> {
  const channel = new PostgresChannel(uri, listener)
  await channel.start()
  return channel
}

class PostgresChannel implements Channel {
  readonly #uri: string
  readonly #listener: ChannelListener
  readonly #id = `cairn-${randomBytes(6).toString('hex')}`
  readonly #sender: PostgresConnection
  readonly #reader: PostgresConnection
  #ear: pg.Client | undefined
  #name = ''
  #seen = 0
  #queue: string[] = []
  #sending: Promise<void> | undefined
  #reading: Promise<void> | undefined
  #looking = false
  #again = false
  #attends = false
  /** A server that starts does not know yet whether somebody attends; `start` looks for signs of it. */
  #attendedUntil = Date.now() + attentionMs
  #peers = new Set<string>()
  #closed = false
  #timer: NodeJS.Timeout | undefined
  #prunedAt = 0
  /** Whether something was not sent because nobody attended. */
  #dropped = false
  /** Whether the others were told that somebody attends. */
  #heard = false
  /** Messages were lost, and the others do not know yet. */
  #losing = false

  constructor(uri: string, listener: ChannelListener) {
    this.#uri = uri
    this.#listener = listener
    this.#sender = new PostgresConnection({ uri })
    this.#reader = new PostgresConnection({ uri })
  }

  async start(): Promise<void> {
    await this.#listen()
    this.#peers = await this.#present()
    // Alone, and after a silence, nobody does: each request would leave a row that nobody reads.
    if (this.#peers.size === 0 && (await this.#reader.rows('SELECT 1 FROM channel_messages WHERE sent_at > ? LIMIT 1', [Date.now() - 2 * attentionMs])).length === 0) this.#attendedUntil = 0
    this.#timer = setInterval(() => { if (!this.#looking) void this.#look().catch(() => {}) }, lookMs)
    this.#timer.unref()
  }

  get position(): number {
    return this.#seen
  }

  send(body: () => string): void {
    // Without an ear nobody knows whether somebody attends.
    if (Date.now() > this.#attendedUntil && this.#ear !== undefined) {
      this.#dropped = true
      return
    }
    // It is read anew with what was lost before it.
    if (this.#losing) return
    this.#queue.push(body())
    this.#sendSoon()
  }

  #sendSoon(): void {
    this.#sending ??= this.#flush().catch(() => this.#lose()).finally(() => {
      this.#sending = undefined
      // What came after the last look at the queue.
      if (this.#queue.length > 0 && !this.#closed) this.#sendSoon()
    })
  }

  /** What was not sent is lost. All servers are told, as soon as there is a way to tell them: their watchers wait for it as well. */
  async #lose(): Promise<void> {
    for (let wait = 100; !this.#closed; wait = Math.min(wait * 2, 1000)) {
      this.#losing = true
      await delay(wait, undefined, { ref: false })
      this.#losing = false
      this.#queue = [lostMark]
      try {
        await this.#flush()
        return
      } catch {
        // Not yet.
      }
    }
  }

  async attend(): Promise<void> {
    this.#attends = true
    if (this.#heard && Date.now() < this.#attendedUntil - attentionMs / 2) return
    this.#heard = true
    this.#attended()
    await this.#notify('attend')
    await delay(settleMs)
  }

  leave(): void {
    this.#heard = false
    this.#attends = false
  }

  async since(seq: number): Promise<readonly Message[] | undefined> {
    const rows = await this.#reader.rows<[number, string]>('SELECT seq, body FROM channel_messages WHERE seq >= ? ORDER BY seq', [seq])
    // The last one seen must be there itself, or those behind it may be gone as well.
    if (rows[0]?.[0] !== seq && !(rows.length === 0 && seq === this.#seen)) return undefined
    if (rows.some(([at, body]) => at > seq && (body === gapMark || body === lostMark))) return undefined
    return rows.filter(([at]) => at > seq).map(([at, body]) => ({ seq: at, body }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await this.#sending
    clearInterval(this.#timer)
    await this.#notify(`leave ${this.#id}`).catch(() => {})
    await this.#ear?.end().catch(() => {})
    await Promise.all([this.#sender.close(), this.#reader.close()])
  }

  async #listen(): Promise<void> {
    // It only ever asks little: what takes longer will never come.
    const ear = await openClient(this.#uri, { application_name: this.#id, query_timeout: 5000 })
    try {
      await this.#attach(ear)
    } catch (error) {
      void ear.end().catch(() => {})
      throw error
    }
  }

  async #attach(ear: pg.Client): Promise<void> {
    ear.on('notification', ({ payload = '' }) => this.#notice(payload))
    const { rows } = await ear.query<{ name: string }>(`SELECT 'cairn_' || abs(${schemaLock}) AS name`)
    this.#name = rows[0]!.name
    await ear.query(`LISTEN ${this.#name}`)
    this.#ear = ear
    ear.on('end', () => { if (!this.#closed && this.#ear === ear) void this.#relisten() })
    // From here on: what was sent before is nothing that anybody here has waited for.
    const last = await ear.query<{ seq: string | null }>('SELECT max(seq) AS seq FROM channel_messages')
    this.#seen = Math.max(this.#seen, Number(last.rows[0]?.seq ?? 0))
  }

  async #relisten(): Promise<void> {
    this.#ear = undefined
    for (let wait = 250; !this.#closed; wait = Math.min(wait * 2, 5000)) {
      await delay(wait, undefined, { ref: false })
      try {
        await this.#listen()
        // Somebody may attend who said so meanwhile.
        this.#attendedUntil = Date.now() + attentionMs
        this.#listener.gap('the database was away')
        return
      } catch {
        // Not back yet.
      }
    }
  }

  #notice(payload: string): void {
    if (payload === 'attend') this.#attended()
    else if (payload.startsWith('leave ')) this.#peers.delete(payload.slice(6))
    else this.#read()
  }

  #attended(): void {
    this.#attendedUntil = Date.now() + attentionMs
    // Whoever comes back from before shall know that it has missed something.
    if (this.#dropped) this.send(() => gapMark)
    this.#dropped = false
  }

  #notify(payload: string): Promise<unknown> {
    return this.#sender.rows('SELECT pg_notify(?, ?)', [this.#name, payload])
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      const bodies = this.#queue.splice(0, atOnce)
      const now = Date.now()
      await this.#sender.transact('BEGIN')
      try {
        // All in one packet. One sender after the other, so that whoever has seen a number has seen all below it.
        await Promise.all([
          // Losing the last of them with the power loses nothing that cannot be read: their order counts, not the disk.
          this.#sender.run('SET LOCAL synchronous_commit = off'),
          this.#sender.rows(`SELECT pg_advisory_xact_lock(1667328372, ${schemaLock})`),
          ...bodies.map((body) => this.#sender.run('INSERT INTO channel_messages (sent_at, body) VALUES (?, ?)', [now, body])),
          this.#notify(''),
        ])
        await this.#sender.commit()
      } catch (error) {
        await this.#sender.rollback()
        throw error
      }
      if (now - this.#prunedAt > 60_000) {
        this.#prunedAt = now
        await this.#sender.run('DELETE FROM channel_messages WHERE sent_at < ?', [now - keptMs])
      }
    }
  }

  #read(): void {
    if (this.#reading !== undefined) {
      this.#again = true
      return
    }
    this.#reading = this.#readAll().catch(() => {}).finally(() => {
      this.#reading = undefined
      if (this.#again) {
        this.#again = false
        this.#read()
      }
    })
  }

  async #readAll(): Promise<void> {
    for (;;) {
      const rows = await this.#reader.rows<[number, string]>(`SELECT seq, body FROM channel_messages WHERE seq > ? ORDER BY seq LIMIT ${atOnce}`, [this.#seen])
      for (const [seq, body] of rows) {
        this.#seen = seq
        if (body === lostMark) this.#listener.gap('messages were lost')
        else if (body !== gapMark) this.#listener.message({ seq, body })
      }
      if (rows.length < atOnce) return
    }
  }

  /** Renews attention, and notices servers that ended without a word. */
  async #look(): Promise<void> {
    this.#looking = true
    try {
      await this.#lookAround()
    } finally {
      this.#looking = false
    }
  }

  async #lookAround(): Promise<void> {
    const ear = this.#ear
    if (ear === undefined) return
    // Who only listens does not notice that nobody speaks any more.
    await ear.query('SELECT 1').catch((error: unknown) => {
      void ear.end().catch(() => {})
      throw error
    })
    if (this.#attends && Date.now() > this.#attendedUntil - attentionMs / 2) await this.#notify('attend')
    const present = await this.#present()
    const gone = [...this.#peers].some((peer) => !present.has(peer))
    this.#peers = present
    if (gone) this.#listener.gap('a server ended')
    this.#read()
  }

  async #present(): Promise<Set<string>> {
    const rows = await this.#reader.rows<[string]>("SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'cairn-%'")
    return new Set(rows.map(([name]) => name).filter((name) => name !== this.#id))
  }
}
