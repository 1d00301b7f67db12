/** A place on an axis, or nothing once it is left. */
export type Cursor = number | undefined
type Listener = (at: Cursor, from: object) => void

/** Charts of one axis that show the same place: where the pointer is in one of them. */
export class CursorGroup {
  readonly #listeners = new Set<Listener>()

  /** Answers how to leave. */
  join(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** `from` is the chart that the pointer is in. */
  move(at: Cursor, from: object): void {
    for (const listener of this.#listeners) listener(at, from)
  }
}
