import { stripVTControlCharacters } from 'node:util'

// Ranges that terminals draw two columns wide (East Asian Wide and Fullwidth, emoji), and those
// that take none (combining marks, joiners). Coarse, as terminals disagree about the rest.
const wide = /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
const none = /\p{Mn}|\p{Me}|\p{Cf}/u

/** Columns that a text takes on a terminal. */
export function width(text: string): number {
  const plain = stripVTControlCharacters(text)
  if (/^[\x20-\x7e]*$/.test(plain)) return plain.length
  let columns = 0
  for (const char of plain) columns += none.test(char) ? 0 : wide.test(char) ? 2 : 1
  return columns
}

/** Cuts to a number of columns; what was cut shows as `…`. Not for coloured text. */
export function truncate(text: string, columns: number): string {
  if (width(text) <= columns) return text
  let cut = ''
  let used = 0
  for (const char of text) {
    const more = width(char)
    if (used + more > columns - 1) break
    cut += char
    used += more
  }
  return `${cut}…`
}

export const padEnd = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - width(text)))
export const padStart = (text: string, columns: number): string => ' '.repeat(Math.max(0, columns - width(text))) + text

/**
 * What came from a server must not steer the terminal: control characters (colours, cursor
 * movements, titles) are shown instead of sent.
 */
export function printable(text: string): string {
  return text.replace(/\p{Cc}|\p{Bidi_Control}/gu, (char) =>
    (char === '\n' ? '↵' : char === '\t' ? ' ' : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`))
}

/** Breaks a paragraph at spaces. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && width(line) + 1 + width(word) > columns) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
