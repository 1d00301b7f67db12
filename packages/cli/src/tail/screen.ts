import type { Io } from '../framework/io.ts'

/** Draws a few lines over and over in the same place of a terminal. */
export class Screen implements Disposable {
  readonly #io: Io
  #lines = 0

  constructor(io: Io) {
    this.#io = io
    io.write('\x1b[?25l')
  }

  draw(lines: readonly string[]): void {
    // One write, so that the terminal never shows half of it.
    this.#io.write(`${this.#lines > 0 ? `\x1b[${this.#lines}A` : ''}${lines.map((line) => `\x1b[2K${line}\n`).join('')}\x1b[0J`)
    this.#lines = lines.length
  }

  [Symbol.dispose](): void {
    this.#io.write('\x1b[?25h')
  }
}
