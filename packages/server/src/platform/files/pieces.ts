import type { FileHandle } from 'node:fs/promises'

/** Smaller pieces cost processor time, larger ones memory for each download: twice their size. */
export const pieceSizes = { usual: 256 * 1024, large: 1024 * 1024 }

/**
 * A file's bytes from two buffers that are used again and again: one is filled while the other is
 * on its way. So **a piece is valid only until the next one is asked for**. Fresh buffers cost a
 * download of 100 MB three full garbage collections, half of its processor time.
 *
 * It closes the file at the end, at an error, and when the consumer stops (`return`).
 */
export class FilePieces implements AsyncIterableIterator<Uint8Array> {
  readonly #handle: FileHandle
  readonly #end: number
  readonly #size: number
  readonly #onClose: () => void
  #position: number
  #filling: Promise<Uint8Array | undefined> | undefined
  #spare: Buffer[] = []
  #lent: Buffer | undefined
  #closed = false

  /** Bytes `from` to `to`, both included, in pieces of `size` bytes. */
  constructor(handle: FileHandle, from: number, to: number, size = pieceSizes.usual, onClose = (): void => {}) {
    this.#handle = handle
    this.#size = size
    this.#onClose = onClose
    this.#position = from
    this.#end = to + 1
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#closed) return { done: true, value: undefined }
    if (this.#lent !== undefined) this.#spare.push(this.#lent)
    this.#lent = undefined
    try {
      const piece = await (this.#filling ?? this.#fill())
      if (piece === undefined) return await this.return()
      this.#lent = Buffer.from(piece.buffer as ArrayBuffer)
      this.#filling = this.#fill()
      // Looked at by the next call, which may never come.
      this.#filling.catch(() => {})
      return { done: false, value: piece }
    } catch (error) {
      await this.return()
      throw error
    }
  }

  async return(): Promise<{ done: true; value: undefined }> {
    if (!this.#closed) {
      this.#closed = true
      // Nothing may read into a closed file's number: it could be another's by then.
      await this.#filling?.catch(() => {})
      this.#onClose()
      await this.#handle.close()
    }
    return { done: true, value: undefined }
  }

  async #fill(): Promise<Uint8Array | undefined> {
    const left = this.#end - this.#position
    if (left <= 0) return undefined
    const buffer = this.#spare.pop() ?? Buffer.allocUnsafeSlow(Math.min(this.#size, left))
    const wanted = Math.min(buffer.length, left)
    // Full to the end, whatever a network file system gives at once: only the last piece is shorter.
    for (let have = 0; have < wanted;) {
      const { bytesRead } = await this.#handle.read(buffer, have, wanted - have, this.#position)
      if (bytesRead === 0) throw new Error('A file became shorter while it was read.')
      have += bytesRead
      this.#position += bytesRead
    }
    return buffer.subarray(0, wanted)
  }
}
