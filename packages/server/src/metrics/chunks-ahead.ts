import type { Reader } from '../platform/db/index.ts'
import { readBytes, readChunkBytes } from './blocks-store.ts'

/** Chunks of the lines of a chart, whose bytes are read some ahead of who asks for them, in the order given. */
export class ChunksAhead {
  readonly #tx: Reader
  readonly #ids: readonly number[]
  readonly #places: ReadonlyMap<number, number>
  #known: ReadonlyMap<number, Uint8Array> = new Map()

  constructor(tx: Reader, ids: readonly number[]) {
    this.#tx = tx
    this.#ids = ids
    this.#places = new Map(ids.map((id, at) => [id, at]))
  }

  async bytes(id: number): Promise<Uint8Array> {
    const atOnce = this.#tx.dialect.blobsAtOnce
    if (atOnce === 1) return readBytes(this.#tx, id)
    if (!this.#known.has(id)) {
      const at = this.#places.get(id)
      this.#known = await readChunkBytes(this.#tx, at === undefined ? [id] : this.#ids.slice(at, at + atOnce))
    }
    return this.#known.get(id)!
  }
}
