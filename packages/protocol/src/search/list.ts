import { invalid } from '../errors.ts'
import { checkListLength } from './limits.ts'
import { reprFloat, reprString, reprTuple } from './python.ts'

export const illFormedList = 'While parsing a list in the query, expected a non-empty list of string values, but got ill-formed list.'

/** A number in a list, as Python would print it. */
interface Numeral {
  numeral: string
}

/** What stands in brackets behind IN. MLflow reads it as a Python literal; so strings escape, and join when side by side. */
export function parseList(text: string): string[] {
  const items = parseTuple(text)
  if (items.length === 0) {
    throw invalid('While parsing a list in the query, expected a non-empty list of string values, but got empty list')
  }
  if (!items.every((item) => typeof item === 'string')) {
    throw invalid(`While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: ${reprTuple(items.map((item) => (typeof item === 'string' ? reprString(item) : item.numeral)))}`)
  }
  return items
}

/** As `parseList`, but numbers are taken as their text: logged models' filters do not look. */
export const parseLooseList = (text: string): string[] => parseTuple(text).map((item) => (typeof item === 'string' ? item : item.numeral))

const blank = /(?:[ \t\f\r\n]|#[^\r\n]*)*/y
const comma = /,/y
const numeral = /([+-]?)[ \t]*(?:(\d[\d_]*)(?![\d.eE_jJ\p{L}])|((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?![\p{L}\p{N}_]))/uy
const prefix = /(?:r|u)?(?=['"])/iy

function parseTuple(text: string): (string | Numeral)[] {
  const items: (string | Numeral)[] = []
  let at = 1
  const end = text.length - 1
  const skip = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match === null) return undefined
    at += match[0].length
    return match
  }
  skip(blank)
  while (at < end) {
    items.push(readString() ?? readNumber())
    checkListLength(items.length)
    skip(blank)
    if (at < end && skip(comma) === undefined) throw invalid(illFormedList)
    skip(blank)
  }
  return items

  function readNumber(): Numeral {
    const match = skip(numeral)
    if (match === undefined) throw invalid(illFormedList)
    const sign = match[1] === '-' ? '-' : ''
    if (match[2] === undefined) return { numeral: sign + reprFloat(Number(match[3])) }
    const digits = match[2].replaceAll('_', '')
    if (/^0+[1-9]/.test(digits) || /__|_$/.test(match[2])) throw invalid(illFormedList)
    return { numeral: BigInt(digits) === 0n ? '0' : sign + BigInt(digits) }
  }

  /** One string, or several side by side, which are one. */
  function readString(): string | undefined {
    let value: string | undefined
    for (;;) {
      const kind = skip(prefix)
      if (kind === undefined) {
        // Neither can be stored, so nothing could equal them.
        if (value !== undefined && (value.includes('\0') || !value.isWellFormed())) throw invalid(illFormedList)
        return value
      }
      const raw = kind[0].toLowerCase() === 'r'
      const quote = text[at]!
      const triple = text.startsWith(quote.repeat(3), at)
      const close = triple ? quote.repeat(3) : quote
      at += close.length
      let part = ''
      while (!text.startsWith(close, at)) {
        if (at >= end || (!triple && (text[at] === '\n' || text[at] === '\r'))) throw invalid(illFormedList)
        if (text[at] !== '\\') {
          part += text[at++]
        } else if (raw) {
          part += text.slice(at, at + 2)
          at += 2
        } else part += readEscape()
      }
      at += close.length
      value = (value ?? '') + part
      skip(blank)
    }
  }

  function readEscape(): string {
    const char = text[at + 1]!
    const simple = simpleEscapes[char]
    if (simple !== undefined) {
      at += 2
      return simple
    }
    const code = skip(/\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|[0-7]{1,3})/iy)?.[0]
    if (code === undefined) {
      if (/[xuUN]/.test(char)) throw invalid(illFormedList)
      at += 2
      return `\\${char}`
    }
    const point = /[0-7]/.test(code[1]!) ? Number.parseInt(code.slice(1), 8) : Number.parseInt(code.slice(2), 16)
    if (point > 0x10ffff) throw invalid(illFormedList)
    return String.fromCodePoint(point)
  }
}

const simpleEscapes: Record<string, string> = {
  '\n': '', '\\': '\\', "'": "'", '"': '"', a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v',
}
