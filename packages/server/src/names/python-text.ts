/** Text as MLflow's answers show it: Python's `repr` of a `str`. */
export function pythonString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  let result = quote
  for (const char of text) {
    const code = char.codePointAt(0)!
    if (char === quote || char === '\\') result += `\\${char}`
    else if (char === '\n') result += '\\n'
    else if (char === '\r') result += '\\r'
    else if (char === '\t') result += '\\t'
    else if (printable(char, code)) result += char
    else if (code <= 0xff) result += `\\x${code.toString(16).padStart(2, '0')}`
    else if (code <= 0xffff) result += `\\u${code.toString(16).padStart(4, '0')}`
    else result += `\\U${code.toString(16).padStart(8, '0')}`
  }
  return result + quote
}

/** A list of strings as Python shows it. */
export const pythonList = (items: readonly string[]): string => `[${items.map(pythonString).join(', ')}]`

/** Python's `repr` of a `float`: always with a fraction or an exponent, which begins at 1e16 and 1e-05. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  const size = Math.abs(value)
  if (size !== 0 && (size >= 1e16 || size < 1e-4)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  }
  const text = Object.is(value, -0) ? '-0' : String(value)
  return text.includes('.') ? text : `${text}.0`
}

const unprintable = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u
const printable = (char: string, code: number): boolean => (code >= 0x20 && code < 0x7f) || (code > 0x9f && !unprintable.test(char))

/** How long Python takes a text to be: in code points, not in UTF-16 units. */
export function lengthOf(text: string): number {
  let length = text.length
  for (let index = 0; index < text.length - 1; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit >= 0xd800 && unit < 0xdc00) {
      length -= 1
      index += 1
    }
  }
  return length
}
