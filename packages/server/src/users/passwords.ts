import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { CairnError, invalid } from '@cairn/protocol'

/** OWASP's second set for argon2id: 19 MiB, two passes, one lane. About 50 ms of a processor. */
const current = { memory: 19_456, passes: 2, parallelism: 1 } as const
const tagLength = 32

const leastLength = 12
/** Longer ones are no safer, and hashing reads them whole. */
const longestLength = 1024

export function checkPassword(password: string): void {
  if (password.length < leastLength) throw invalid(`Password must be at least ${leastLength} characters.`)
  if (password.length > longestLength) throw invalid(`Password must be at most ${longestLength} characters.`)
}

interface Parameters {
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

const derive = (password: string, nonce: Buffer, parameters: Parameters, length: number): Promise<Buffer> =>
  new Promise((resolve, reject) => argon2('argon2id', { message: password, nonce, tagLength: length, ...parameters }, (error, key) => (error ? reject(error) : resolve(key))))

/**
 * Hashes and compares passwords in the thread pool, two at a time: more would take the pool from
 * files and the memory from everything else. What waits is bounded, so that a flood of guesses is
 * refused rather than kept.
 */
export class Passwords {
  readonly #most: number
  readonly #waiting: (() => void)[] = []
  #busy = 0
  /** What a password of nobody is compared with, so that an unknown user costs what a known one does. */
  #nobody: Promise<string> | undefined

  constructor(most = 256) {
    this.#most = most
  }

  /** In the format of the password hashing competition, with its parameters: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
  async hash(password: string): Promise<string> {
    return this.#inTurn(async () => {
      const salt = randomBytes(16)
      const key = await derive(password, salt, current, tagLength)
      return `$argon2id$v=19$m=${current.memory},t=${current.passes},p=${current.parallelism}$${unpadded(salt)}$${unpadded(key)}`
    })
  }

  /** False also where there is no hash; that takes as long. */
  async matches(password: string, hash: string | null | undefined): Promise<boolean> {
    const known = parse(hash ?? await (this.#nobody ??= this.hash(randomBytes(16).toString('hex'))))
    const sane = password.length <= longestLength ? password : ''
    const key = await this.#inTurn(() => derive(sane, known.salt, known, known.key.length))
    return timingSafeEqual(key, known.key) && sane === password && hash !== null && hash !== undefined
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy >= 2) {
      if (this.#waiting.length >= this.#most) throw new CairnError('REQUEST_LIMIT_EXCEEDED', 'Too many people sign in at this moment. Try again in some seconds.', { 'retry-after': '5' })
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else this.#busy += 1
    try {
      return await work()
    } finally {
      // Its place goes to whoever waits longest.
      const next = this.#waiting.shift()
      if (next === undefined) this.#busy -= 1
      else next()
    }
  }
}

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')

function parse(hash: string): Parameters & { salt: Buffer; key: Buffer } {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(hash)
  if (match === null) throw new Error('A stored password has a form that this version does not know.')
  return { memory: Number(match[1]), passes: Number(match[2]), parallelism: Number(match[3]), salt: Buffer.from(match[4]!, 'base64'), key: Buffer.from(match[5]!, 'base64') }
}
