import { openClient } from './postgres-client.ts'

/** How long an answer may be out before somebody looks whether it will ever come; then twice as long, and so on. */
const patienceMs = 3000
const lookMs = 500

/** What became of a session: at work, gone or waiting for us, or the database says nothing at all. */
type Sight = 'working' | 'lost' | 'silent'

/**
 * Notices that an answer will never come: the network hangs, or a firewall has forgotten the
 * connection. A limit on how long a statement may take would end long searches and migrations as
 * well; instead another connection asks what the session is doing.
 */
export class Watch implements Disposable {
  readonly #uri: string
  readonly #session: string
  readonly #gone: (sight: Exclude<Sight, 'working'>) => void
  readonly #timer: NodeJS.Timeout
  #out = 0
  #since = 0
  #patience = patienceMs
  #looking = false

  /** `session` is the application name of the connection, which no other has. */
  constructor(uri: string, session: string, gone: (sight: Exclude<Sight, 'working'>) => void) {
    this.#uri = uri
    this.#session = session
    this.#gone = gone
    this.#timer = setInterval(() => void this.#look(), lookMs)
    this.#timer.unref()
  }

  asked(): void {
    if (this.#out === 0) this.#since = performance.now()
    this.#out += 1
  }

  answered(): void {
    this.#out -= 1
    this.#since = performance.now()
    this.#patience = patienceMs
  }

  async #look(): Promise<void> {
    if (this.#out === 0 || this.#looking || performance.now() - this.#since < this.#patience) return
    this.#looking = true
    const since = this.#since
    const sight = await sightOf(this.#uri, this.#session)
    this.#looking = false
    this.#patience *= 2
    // The answer may have come meanwhile.
    if (sight !== 'working' && this.#out > 0 && this.#since === since) this.#gone(sight)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}

async function sightOf(uri: string, session: string): Promise<Sight> {
  try {
    const client = await openClient(uri, { application_name: 'cairn/watch', connectionTimeoutMillis: patienceMs, query_timeout: patienceMs })
    try {
      const { rows } = await client.query<{ state: string; quiet: boolean }>(
        "SELECT state, state_change < clock_timestamp() - interval '2 seconds' AS quiet FROM pg_stat_activity WHERE application_name = $1", [session])
      if (rows[0] !== undefined && (rows[0].state === 'active' || !rows[0].quiet)) return 'working'
      // It waits for a word from us that will not come, with all the locks that it holds.
      await client.query(endSession, [session])
      return 'lost'
    } finally {
      void client.end().catch(() => {})
    }
  } catch (error) {
    // Too many connections: it answers, and nothing is known.
    return (error as { code?: string }).code === '53300' ? 'working' : 'silent'
  }
}

/** Ends what is left of a session; whoever asks is not meant. */
export const endSession = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND pid <> pg_backend_pid()'
