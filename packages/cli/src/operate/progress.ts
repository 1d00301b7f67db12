import type { Io } from '../framework/io.ts'
import { padEnd, truncate } from '../framework/text.ts'

/** Milliseconds between two lines where the output is no terminal; there a line is written over ten times a second. */
const every = { terminal: 100, file: 10_000 }

export interface Progress extends Disposable {
  show(line: () => string): void
}

/** One line on standard error that says how far the work is; nothing where the answer is to be JSON. */
export function progressLine(io: Io, json: boolean): Progress {
  let shownAt = performance.now()
  let shown = ''
  const interval = io.columns === undefined ? every.file : every.terminal
  return {
    show(line) {
      if (json || performance.now() - shownAt < interval) return
      shownAt = performance.now()
      if (io.columns === undefined) io.warn(`cairn: ${line()}\n`)
      else {
        const text = truncate(`  ${line()}`, io.columns - 1)
        io.warn(`\r${padEnd(text, shown.length)}`)
        shown = text
      }
    },
    [Symbol.dispose]() {
      if (shown !== '') io.warn(`\r${' '.repeat(shown.length)}\r`)
    },
  }
}
