import { addLatency, writeLatencies, type RecentRequests } from '@cairn/protocol'

interface Slot {
  readonly since: number
  requests: number
  errors: number
  readonly took: Map<number, number>
}

const slotMs = 10_000
const most = 30

/** What was asked in the last five minutes, by tens of seconds. */
export class Recent {
  #slots: Slot[] = []

  observe(status: number, ms: number, now = Date.now()): void {
    const since = now - (now % slotMs)
    let slot = this.#slots.at(-1)
    if (slot?.since !== since) {
      slot = { since, requests: 0, errors: 0, took: new Map() }
      this.#slots.push(slot)
      this.#forget(now)
    }
    slot.requests += 1
    if (status >= 400) slot.errors += 1
    addLatency(slot.took, ms)
  }

  /** As it is reported. */
  slots(now = Date.now()): RecentRequests[] {
    this.#forget(now)
    return this.#slots.map(({ since, requests, errors, took }) => ({ since, requests, ...(errors > 0 && { errors }), took: writeLatencies(took) }))
  }

  #forget(now: number): void {
    // A clock that was set back would keep what lies ahead for ever.
    this.#slots = this.#slots.filter(({ since }) => since > now - most * slotMs && since <= now)
  }
}
