/** A bucket of failures: it holds `most`, and one leaks out every `leakMs`. */
interface Bucket {
  readonly most: number
  readonly leakMs: number
}

/**
 * How many wrong passwords are borne. By user and address together, so that a guesser locks out only
 * itself; by address, for one who tries many users; by user, for one who has many addresses.
 */
const buckets = {
  pair: { most: 10, leakMs: 10_000 },
  address: { most: 100, leakMs: 1000 },
  user: { most: 100, leakMs: 3000 },
} as const satisfies Record<string, Bucket>

const keptKeys = 20_000
/** Where a user has signed in from before is not counted against guesses that come from elsewhere. */
const trustMs = 7 * 24 * 3600 * 1000

interface Level {
  level: number
  at: number
}

/** Counts failed log-ins, in memory and bounded. Known and unknown users are treated alike. */
export class Attempts {
  readonly #levels = new Map<string, Level>()
  readonly #trusted = new Map<string, number>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** Seconds until another attempt is heard; 0 for at once. */
  waitSeconds(user: string, address: string): number {
    const from = network(address)
    const trusted = (this.#trusted.get(pairKey(user, from)) ?? -Infinity) > this.#now() - trustMs
    return Math.max(
      this.#wait(pairKey(user, from), buckets.pair),
      this.#wait(`address ${from}`, buckets.address),
      trusted ? 0 : this.#wait(`user ${user}`, buckets.user),
    )
  }

  failed(user: string, address: string): void {
    const from = network(address)
    this.#add(pairKey(user, from), buckets.pair)
    this.#add(`address ${from}`, buckets.address)
    this.#add(`user ${user}`, buckets.user)
  }

  succeeded(user: string, address: string): void {
    const key = pairKey(user, network(address))
    this.#levels.delete(key)
    keep(this.#trusted, key, this.#now())
  }

  #level(key: string, { leakMs }: Bucket): number {
    const known = this.#levels.get(key)
    return known === undefined ? 0 : Math.max(0, known.level - (this.#now() - known.at) / leakMs)
  }

  #wait(key: string, bucket: Bucket): number {
    const over = this.#level(key, bucket) - bucket.most + 1
    return over <= 0 ? 0 : Math.ceil((over * bucket.leakMs) / 1000)
  }

  #add(key: string, bucket: Bucket): void {
    keep(this.#levels, key, { level: this.#level(key, bucket) + 1, at: this.#now() })
  }
}

const pairKey = (user: string, from: string): string => `pair ${from} ${user}`

/** The newest last; what has not been touched for longest goes first. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > keptKeys) map.delete(map.keys().next().value!)
}

/** Whoever has one IPv6 address has 2^64 of them. */
export function network(address: string): string {
  const v4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (v4 !== undefined || !address.includes(':')) return v4 ?? address
  const [head = '', tail] = address.toLowerCase().split('::')
  const left = head.split(':').filter((part) => part !== '')
  const right = (tail ?? '').split(':').filter((part) => part !== '')
  const groups = tail === undefined ? left : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
  return `${groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`
}
