/** The corners of Python that show through MLflow's messages and through its lists and order_by keys. */

/** `repr()` of a value that JSON can hold. */
export function repr(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'string') return reprString(value)
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return Number.isInteger(value) && !Object.is(value, -0) ? String(BigInt(value)) : reprFloat(value)
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`
  if (typeof value === 'object') return `{${Object.entries(value).map(([key, item]) => `${repr(key)}: ${repr(item)}`).join(', ')}}`
  return String(value)
}

/** A set of strings as Python prints it; Python's order is random, this one is sorted. */
export const reprSet = (items: Iterable<string>): string => `{${[...items].toSorted().map(reprString).join(', ')}}`

/** A tuple of values that are already printed. */
export const reprTuple = (items: string[]): string => `(${items.join(', ')}${items.length === 1 ? ',' : ''})`

const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}\\]/u
const named: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' }

export function reprString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  let out = quote
  for (const char of text) {
    if (char === quote) out += `\\${char}`
    else if (char === ' ' || !hidden.test(char)) out += char
    else out += named[char] ?? escaped(char.codePointAt(0)!)
  }
  return out + quote
}

function escaped(code: number): string {
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`
}

/** `repr()` of a float: always with a point or an exponent, exponents from 1e16 up and below 1e-4. */
export function reprFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  const magnitude = Math.abs(value)
  if (magnitude !== 0 && (magnitude >= 1e16 || magnitude < 1e-4)) {
    const [digits, exponent] = value.toExponential().split('e') as [string, string]
    return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`
  }
  const plain = Object.is(value, -0) ? '-0' : String(value)
  return plain.includes('.') ? plain : `${plain}.0`
}

/**
 * Words as a POSIX shell parts them (Python's `shlex.split`); undefined where a quote is left open.
 */
export function shellWords(text: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (char === "'" || char === '"') {
      word ??= ''
      for (at++; text[at] !== char; at++) {
        if (at >= text.length) return undefined
        if (char === '"' && text[at] === '\\') {
          if (++at >= text.length) return undefined
          word += text[at] === '"' || text[at] === '\\' ? text[at] : `\\${text[at]}`
        } else word += text[at]
      }
    } else if (char === '\\') {
      if (++at >= text.length) return undefined
      word = (word ?? '') + text[at]
    } else if (' \t\r\n'.includes(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + char
  }
  if (word !== undefined) words.push(word)
  return words
}
