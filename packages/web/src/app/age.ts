import type { LiveHeard } from '@cairn/sdk'

/** An estimate is made anew after so long: clocks drift, and a machine that slept has another way to the server. */
const goodForMs = 10 * 60_000

/**
 * How old what is heard was when it came. Two clocks are compared as NTP does: the server's stood at the middle of
 * the way between the question and the answer, and the quicker the answer, the better that is known. What comes
 * before it was said by this tells that the answer was slow on its way back, and sets it right.
 */
export class Age {
  #ahead: number | undefined
  #trip = Infinity
  #knownAt = -Infinity

  /** In milliseconds; undefined where it cannot be told. */
  hear({ at, askedAt }: LiveHeard, now: number): number | undefined {
    if (at === undefined) return undefined
    if (askedAt !== undefined && (now - askedAt <= this.#trip || now - this.#knownAt > goodForMs)) {
      this.#trip = now - askedAt
      this.#knownAt = now
      this.#ahead = at - (askedAt + now) / 2
    }
    if (this.#ahead === undefined) return undefined
    this.#ahead = Math.max(this.#ahead, at - now)
    return Math.round(now + this.#ahead - at)
  }
}
