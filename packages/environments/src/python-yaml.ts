import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml'

/**
 * What PyYAML's `safe_load` answers: integers as `bigint`, floats as `number`, so that `1` and `1.0`
 * stay apart; dates as the text that Python's `str` gives them.
 */
export type PythonValue = string | boolean | null | bigint | number | readonly PythonValue[] | PythonMap
export interface PythonMap { readonly [key: string]: PythonValue }

export class YamlError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'YamlError'
  }
}

/**
 * Reads YAML by PyYAML's rules, which are YAML 1.1 with exceptions: `yes` is a boolean, `1e-3` is
 * text (no dot), `010` is eight. A parameter's default goes into a command as it was read, so the
 * difference would be seen.
 */
export function parsePythonYaml(text: string): PythonValue {
  const lines = new LineCounter()
  const document = parseDocument(text, { schema: 'failsafe', version: '1.1', uniqueKeys: false, lineCounter: lines, logLevel: 'silent' })
  const [error] = document.errors
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0])
    throw new YamlError(`line ${line}, column ${col}: ${error.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '')}`)
  }
  return convert(document, document.contents, new Map())
}

function convert(document: Document, node: unknown, seen: Map<unknown, PythonValue>): PythonValue {
  if (seen.has(node)) return seen.get(node)!
  if (isAlias(node)) return convert(document, node.resolve(document), seen)
  if (isScalar(node)) {
    const source = String(node.value ?? '')
    if (node.tag !== undefined && node.tag.startsWith('tag:yaml.org')) return tagged(node.tag, source)
    return node.type === 'PLAIN' || node.type === undefined ? plain(source) : source
  }
  if (isSeq(node)) {
    const list: PythonValue[] = []
    seen.set(node, list)
    for (const item of node.items) list.push(convert(document, item, seen))
    return list
  }
  if (isMap(node)) {
    const map: Record<string, PythonValue> = {}
    seen.set(node, map)
    const own: [string, PythonValue][] = []
    for (const { key, value } of node.items) {
      const name = convert(document, key, seen)
      const converted = value === null ? null : convert(document, value, seen)
      if (name === '<<' && isScalar(key) && key.type === 'PLAIN') {
        for (const one of Array.isArray(converted) ? converted.toReversed() : [converted]) Object.assign(map, one)
      } else own.push([pythonText(name), converted])
    }
    for (const [name, value] of own) Object.defineProperty(map, name, { value, enumerable: true, configurable: true, writable: true })
    return map
  }
  return null
}

const floats = /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)$/
const day = /^\d{4}-\d\d-\d\d$/
const moment = /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?[ \t]*(Z|([-+])(\d\d?)(?::(\d\d))?)?$/

function plain(text: string): PythonValue {
  if (/^(?:~|null|Null|NULL|)$/.test(text)) return null
  if (/^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(text)) return true
  if (/^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(text)) return false
  const integer = readInteger(text)
  if (integer !== undefined) return integer
  if (floats.test(text)) return Number(text.replaceAll('_', ''))
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  if (/^\.(?:nan|NaN|NAN)$/.test(text)) return Number.NaN
  if (/^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$/.test(text)) return sexagesimal(text, Number)
  if (moment.test(text) && !day.test(text)) return dateText(moment.exec(text)!)
  return text
}

function readInteger(text: string): bigint | undefined {
  const digits = text.replaceAll('_', '')
  const sign = digits.startsWith('-') ? -1n : 1n
  const bare = digits.replace(/^[-+]/, '')
  if (/^[-+]?0b[01_]+$/.test(text) || /^[-+]?0x[0-9a-fA-F_]+$/.test(text)) return sign * BigInt(bare)
  if (/^[-+]?0[0-7_]+$/.test(text)) return sign * BigInt(`0o${bare.slice(1) || '0'}`)
  if (/^[-+]?(?:0|[1-9][0-9_]*)$/.test(text)) return sign * BigInt(bare)
  // Base sixty, as YAML 1.1 has it: 1:30 is ninety.
  if (/^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$/.test(text)) return BigInt(sexagesimal(text, Number))
  return undefined
}

function sexagesimal(text: string, read: (part: string) => number): number {
  const value = text.replaceAll('_', '').replace(/^[-+]/, '').split(':').reduce((sum, part) => sum * 60 + read(part), 0)
  return text.startsWith('-') ? -value : value
}

/** `str(datetime)`: PyYAML keeps the offset where one was written. */
function dateText([, year, month, date, hour, minute, second, fraction, zone, sign, zoneHour, zoneMinute]: RegExpExecArray): string {
  const two = (part: string | undefined): string => (part ?? '0').padStart(2, '0')
  const micros = (fraction ?? '').slice(0, 6).padEnd(6, '0')
  const offset = zone === undefined ? '' : zone === 'Z' ? '+00:00' : `${sign!}${two(zoneHour)}:${two(zoneMinute)}`
  return `${year!}-${two(month)}-${two(date)} ${two(hour)}:${minute!}:${second!}${micros === '000000' ? '' : `.${micros}`}${offset}`
}

function tagged(tag: string, source: string): PythonValue {
  switch (tag.replace('tag:yaml.org,2002:', '')) {
    case 'int': return readInteger(source) ?? source
    case 'float': return Number(source.replaceAll('_', ''))
    case 'bool': return plain(source.toLowerCase())
    case 'null': return null
    default: return source
  }
}

/** Python's `str(value)`. */
export function pythonText(value: PythonValue): string {
  return typeof value === 'string' ? value : pythonRepr(value)
}

/** Python's `repr(value)`. */
export function pythonRepr(value: PythonValue): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return floatRepr(value)
  if (typeof value === 'string') return stringRepr(value)
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`
  return `{${Object.entries(value).map(([key, one]) => `${stringRepr(key)}: ${pythonRepr(one)}`).join(', ')}}`
}

/** The shortest digits, which both languages choose alike, in Python's layout. */
function floatRepr(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [mantissa, power] = value.toExponential().split('e') as [string, string]
  const exponent = Number(power)
  if (exponent < -4 || exponent >= 16) return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
  const text = Math.abs(value) < 1 ? value.toFixed(Math.max(1, mantissa.replace(/[-.]/g, '').length - 1 - exponent)) : String(value)
  return text.includes('.') ? text : `${text}.0`
}

function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' }
  const inner = [...text].map((char) => {
    const code = char.codePointAt(0)!
    return escapes[char] ?? (char === quote ? `\\${char}` : code < 32 || code === 127 ? `\\x${code.toString(16).padStart(2, '0')}` : char)
  })
  return quote + inner.join('') + quote
}
