import { recordChange } from '../audit/index.ts'
import { write, type Database } from '../platform/db/index.ts'
import type { Log } from '../platform/http/index.ts'

export interface Denial {
  readonly principal: string
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly endpoint: string
  /** What the request named, as far as it is an id or a name; or why a log-in failed. */
  readonly input: Readonly<Record<string, unknown>>
}

interface Counted {
  readonly denial: Denial
  readonly named: string
  count: number
}

/** The fields by which requests name resources and people. */
const naming = /^(?:.*_ids?|.*_uuid|name|username|version|path|artifact_path|resource_type|role_id|workspace|address|why)$/
const repeatedMs = 10_000
/** Different refusals that wait to be written; more than these are only counted. */
const mostWaiting = 1000

const record = write('guard.denied', async (tx, denials: readonly { principal: string; now: number; endpoint: string; named: string; count: number }[]): Promise<void> => {
  for (const { principal, now, endpoint, named, count } of denials) {
    await recordChange(tx, { principal, now }, { entity: 'request', uid: `request:${endpoint}`, name: endpoint, action: 'denied', after: { ...JSON.parse(named) as object, ...(count > 1 && { times: count }) } })
  }
})

export const denialOperations = [record]

/**
 * Writes down every refused request: the first at once, what repeats it within ten seconds as a
 * count, so that a script that asks a thousand times a second does not fill the disk.
 */
export class Denials implements AsyncDisposable {
  readonly #db: Database
  readonly #log: Log
  readonly #recent = new Map<string, Counted>()
  readonly #timer: NodeJS.Timeout
  #lost = 0

  constructor(db: Database, log: Log) {
    this.#db = db
    this.#log = log
    this.#timer = setInterval(() => void this.#flush(), repeatedMs)
    this.#timer.unref()
  }

  note(denial: Denial): void {
    const named = shown(denial.input)
    const key = `${denial.principal}\n${denial.endpoint}\n${named}`
    const known = this.#recent.get(key)
    if (known !== undefined) known.count += 1
    else if (this.#recent.size >= mostWaiting) this.#lost += 1
    else {
      this.#recent.set(key, { denial, named, count: 0 })
      void this.#write([{ ...denial, named, count: 1 }])
    }
  }

  async #flush(): Promise<void> {
    const repeated = [...this.#recent.values()].filter(({ count }) => count > 0).map(({ denial, named, count }) => ({ ...denial, named, count }))
    this.#recent.clear()
    if (this.#lost > 0) this.#log.warn('More different requests were refused than the audit trail holds of ten seconds.', { notWritten: this.#lost })
    this.#lost = 0
    if (repeated.length > 0) await this.#write(repeated)
  }

  async #write(denials: readonly { principal: string; now: number; endpoint: string; named: string; count: number }[]): Promise<void> {
    try {
      await this.#db.write(record, denials.map(({ principal, now, endpoint, named, count }) => ({ principal, now, endpoint, named, count })))
    } catch (error) {
      this.#log.warn('A refused request could not be written down.', { error: String(error) })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#flush()
  }
}

function shown(input: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(input).filter(([name, value]) => naming.test(name) && value !== undefined).slice(0, 8)
    .map(([name, value]): [string, string] => [name, (Array.isArray(value) ? value.join(',') : String(value)).slice(0, 200)])
  return JSON.stringify(Object.fromEntries(fields))
}
