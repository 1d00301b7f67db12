import type { Answer } from '../pool/python-pool.ts'
import type { ServedModel } from '../server/served-model.ts'
import { sameAnswer } from './same-answer.ts'

/** Requests under way at once; more are not sent. */
const most = 16

/** Asks a model what another has answered already, and counts how often it says something else. Nobody waits for it. */
export class Shadow {
  readonly model: ServedModel
  readonly counts = { sent: 0, skipped: 0, errors: 0, disagreed: 0 }
  readonly #sample: number
  readonly #tolerance: number
  #busy = 0

  /** `sample` is the share of the requests, 0 to 1. */
  constructor(model: ServedModel, sample: number, tolerance = 0) {
    this.model = model
    this.#sample = sample
    this.#tolerance = tolerance
  }

  offer(ask: (model: ServedModel) => Promise<Answer>, answer: Answer): void {
    if (Math.random() >= this.#sample) return
    if (this.#busy >= most) {
      this.counts.skipped += 1
      return
    }
    this.#busy += 1
    this.counts.sent += 1
    ask(this.model).then((other) => {
      if (!sameAnswer(other, answer, this.#tolerance)) this.counts.disagreed += 1
    }, () => { this.counts.errors += 1 }).finally(() => { this.#busy -= 1 })
  }

  /** Answers that were compared, whatever came of it. */
  get compared(): number {
    return this.counts.sent - this.#busy
  }
}
