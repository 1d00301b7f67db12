/** A page that was not looked at for so long is visited anew. */
const pauseMs = 30 * 60_000
const dayMs = 86_400_000

export interface Visit {
  /** What happened since then is news. */
  readonly since: number
  /** Whether nobody was here before, as far as this browser knows. */
  readonly first: boolean
  /** When the page was last looked at. */
  readonly at: number
}

/** The visit that one at `now` belongs to: the one of before, or a new one after a pause. */
export function visitAt(before: Visit | undefined, now: number): Visit {
  if (before === undefined) return { since: now - dayMs, first: true, at: now }
  return now - before.at > pauseMs ? { since: before.at, first: false, at: now } : { ...before, at: now }
}

const key = 'cairn.visit'

/** What this browser remembers. */
export function readVisit(storage: Pick<Storage, 'getItem'>): Visit | undefined {
  try {
    const { since, first, at } = JSON.parse(storage.getItem(key) ?? '{}') as Partial<Visit>
    return typeof since === 'number' && typeof at === 'number' ? { since, at, first: first === true } : undefined
  } catch {
    return undefined
  }
}

export function keepVisit(storage: Pick<Storage, 'setItem'>, visit: Visit): void {
  try {
    storage.setItem(key, JSON.stringify(visit))
  } catch {
    // A browser that keeps nothing shows the last day each time.
  }
}
