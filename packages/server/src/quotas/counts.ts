import type { QuotaKind } from '@cairn/protocol'

/** What a limit is on: a workspace, or a team with all its workspaces. */
export interface Holder {
  readonly key: string
  readonly of: 'workspace' | 'team'
  readonly name: string
}

/** Of one kind in one workspace or team. */
export interface Count {
  /** As it was counted last; undefined before. */
  base: number | undefined
  /** Stored through this server, ever, and at the time of that count. */
  stored: number
  counted: number
  /** On its way. */
  pending: number
  askedAt: number
  asking: Promise<void> | undefined
  /** Reads of it under way. */
  reading: number
  /** Something was on its way while it was read: it may be in the count already, and count twice. */
  unsure: boolean
}

/** Whoever is refused may have what was counted before for so long. */
const askAgainMs = 1000

export const usedOf = ({ base = 0, stored, counted }: Count): number => base + stored - counted

/** Where nothing is asked for yet (a file whose length nobody knows) there must be some room. */
export const fits = (count: Count, amount: number, most: number): boolean => count.base !== undefined && usedOf(count) + count.pending + Math.max(amount, 1) <= most

/** Whether to ask the database before somebody is refused. */
export const isOld = (count: Count): boolean => count.base === undefined || count.unsure || performance.now() - count.askedAt > askAgainMs

/** How much of each limit is used, as far as this server knows. */
export class Counts {
  readonly #counts = new Map<string, Count>()

  of({ key }: Pick<Holder, 'key'>, kind: QuotaKind): Count {
    const at = `${key} ${kind}`
    let count = this.#counts.get(at)
    if (count === undefined) this.#counts.set(at, count = { base: undefined, stored: 0, counted: 0, pending: 0, askedAt: -Infinity, asking: undefined, reading: 0, unsure: false })
    return count
  }

  /** Undefined where it was never counted. */
  used({ key }: Pick<Holder, 'key'>, kind: QuotaKind): number | undefined {
    const count = this.#counts.get(`${key} ${kind}`)
    return count?.base === undefined ? undefined : usedOf(count)
  }

  /** The database told it just now. */
  set(holder: Pick<Holder, 'key'>, kind: QuotaKind, base: number | undefined): void {
    const count = this.of(holder, kind)
    count.base = base
    count.askedAt = performance.now()
  }
}

/** Counts are what the database says from now on, with what ends while it is asked. */
export async function reading(counts: readonly Count[], ask: () => Promise<readonly number[]>): Promise<void> {
  const before = counts.map(({ stored }) => stored)
  for (const count of counts) {
    count.reading += 1
    count.unsure = false
  }
  try {
    const found = await ask()
    for (const [at, count] of counts.entries()) {
      // One that began later has ended already.
      if (before[at]! < count.counted) continue
      count.base = found[at]!
      count.counted = before[at]!
      count.askedAt = performance.now()
    }
  } finally {
    for (const count of counts) count.reading -= 1
  }
}
