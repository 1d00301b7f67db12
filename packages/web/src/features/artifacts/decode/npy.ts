import { grouped } from '../../../ui/format.ts'
import { momentText } from './exact.ts'
import { openZip } from './zip.ts'
import { readWhole, Unreadable, type FileSource } from './table.ts'
import { words } from '../words.ts'

export interface NumpyArray {
  readonly name: string
  /** NumPy's name, such as `float64`. */
  readonly dtype: string
  readonly shape: readonly number[]
  readonly length: number
  readonly numeric: boolean
  /** The value at a place in C order. */
  at(index: number): Value
  /** Of a structured type: its fields, each with its values. */
  readonly fields?: readonly { readonly name: string; readonly numeric: boolean; at(index: number): Value }[]
}

type Value = number | bigint | boolean | string

const most = 256 * 2 ** 20

/** `.npy` (numpy.lib.format, versions 1 to 3). Pickled objects are never opened. */
export function parseNpy(name: string, bytes: Uint8Array): NumpyArray {
  if (bytes.length < 10 || bytes[0] !== 0x93 || new TextDecoder().decode(bytes.subarray(1, 6)) !== 'NUMPY') throw new Unreadable(words.thisIsNoNumpyArray)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const wide = bytes[6]! > 1
  const start = wide ? 12 : 10
  const size = wide ? view.getUint32(8, true) : view.getUint16(8, true)
  const header = new TextDecoder().decode(bytes.subarray(start, start + size))
  const descr = /'descr':\s*'([^']+)'/.exec(header)?.[1]
  const listed = /'descr':\s*\[(.*)\],\s*'fortran/s.exec(header)?.[1]
  const shape = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1]?.split(',').filter((part) => part.trim() !== '').map(Number)
  if (shape === undefined || shape.some((side) => !Number.isSafeInteger(side) || side < 0)) throw new Unreadable(words.theHeaderOfThisArray)
  const fields = listed === undefined ? undefined : fieldsOf(listed, view)
  if (fields === undefined && descr === undefined) throw new Unreadable(words.thisArrayHasFieldsA)
  const { dtype, width, get, numeric } = fields === undefined ? readerOf(descr!, view) : { dtype: fields.dtype, width: fields.width, numeric: false, get: () => '' }
  const length = shape.reduce((product, side) => product * side, 1)
  const data = start + size
  if (data + length * width > bytes.length) throw new Unreadable(words.theArraySaysValuesOf(grouped(length), width))
  const fortran = /'fortran_order':\s*True/.test(header)
  const place = fortran && shape.length > 1 ? (index: number): number => fortranPlace(index, shape) : (index: number): number => index
  return {
    name, dtype, shape, length, numeric, at: (index) => get(data + place(index) * width),
    ...(fields !== undefined && { fields: fields.readers.map(({ name: field, offset, reader }) => ({ name: field, numeric: reader.numeric, at: (index: number) => reader.get(data + place(index) * width + offset) })) }),
  }
}

/** The fields of a structured type, one after the other in each value; those that hold several values or fields themselves are not read. */
function fieldsOf(listed: string, view: DataView): { readonly dtype: string; readonly width: number; readonly readers: readonly { name: string; offset: number; reader: Reader }[] } | undefined {
  const one = /\s*\('([^']*)',\s*'([^']+)'\)\s*,?/y
  const readers: { name: string; offset: number; reader: Reader }[] = []
  let width = 0
  while (one.lastIndex < listed.length) {
    const found = one.exec(listed)
    if (found === null) return undefined
    const [, name, descr] = found as unknown as [string, string, string]
    // Room between fields has no name.
    const padding = /^\|V(\d+)$/.exec(descr)
    const reader = padding === null ? readerOf(descr, view) : undefined
    if (reader !== undefined) readers.push({ name, offset: width, reader })
    width += reader?.width ?? Number(padding![1])
  }
  return { dtype: readers.map(({ name, reader }) => `${name}: ${reader.dtype}`).join(', '), width, readers }
}

/** Where a value that stands at `index` in C order lies in Fortran order. */
function fortranPlace(index: number, shape: readonly number[]): number {
  let rest = index
  let place = 0
  const strides: number[] = []
  let stride = 1
  for (const side of shape) {
    strides.push(stride)
    stride *= side
  }
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    place += (rest % shape[axis]!) * strides[axis]!
    rest = Math.floor(rest / shape[axis]!)
  }
  return place
}

interface Reader {
  readonly dtype: string
  readonly width: number
  readonly numeric: boolean
  get(offset: number): Value
}

function readerOf(descr: string, view: DataView): Reader {
  const [, order, kind, digits, unit = ''] = /^([<>|=])(\w)(\d*)(?:\[(\w+)\])?$/.exec(descr) ?? []
  const little = order !== '>'
  const width = Number(digits)
  const number = (dtype: string, get: (offset: number) => number | bigint): Reader => ({ dtype, width, numeric: true, get })
  switch (`${kind}${digits}`) {
    case 'f2': return number('float16', (at) => view.getFloat16(at, little))
    case 'f4': return number('float32', (at) => view.getFloat32(at, little))
    case 'f8': return number('float64', (at) => view.getFloat64(at, little))
    case 'i1': return number('int8', (at) => view.getInt8(at))
    case 'i2': return number('int16', (at) => view.getInt16(at, little))
    case 'i4': return number('int32', (at) => view.getInt32(at, little))
    case 'i8': return number('int64', (at) => view.getBigInt64(at, little))
    case 'u1': return number('uint8', (at) => view.getUint8(at))
    case 'u2': return number('uint16', (at) => view.getUint16(at, little))
    case 'u4': return number('uint32', (at) => view.getUint32(at, little))
    case 'u8': return number('uint64', (at) => view.getBigUint64(at, little))
    case 'b1': return { dtype: 'bool', width: 1, numeric: false, get: (at) => view.getUint8(at) !== 0 }
    case 'c8': return complex('complex64', 8, (at) => view.getFloat32(at, little))
    case 'c16': return complex('complex128', 16, (at) => view.getFloat64(at, little))
  }
  if (kind === 'M' || kind === 'm') return { dtype: descr.slice(1).replace('M8', 'datetime64').replace('m8', 'timedelta64'), width, numeric: false, get: (at) => timeOf(view.getBigInt64(at, little), kind, unit) }
  if (kind === 'U') return { dtype: words.strOfWidth(width), width: width * 4, numeric: false, get: (at) => utf32(view, at, width, little) }
  if (kind === 'S') return { dtype: `bytes, ${width}`, width, numeric: false, get: (at) => new TextDecoder('latin1').decode(new Uint8Array(view.buffer, view.byteOffset + at, width)).replace(/\0+$/, '') }
  if (kind === 'O') throw new Unreadable(words.thisArrayHoldsPickledPython)
  throw new Unreadable(words.arraysOfTypeAreNot(descr))
}

const perSecond: Readonly<Record<string, bigint>> = { s: 1n, ms: 1000n, us: 1_000_000n, ns: 1_000_000_000n }
const seconds: Readonly<Record<string, bigint>> = { W: 604_800n, D: 86_400n, h: 3600n, m: 60n }
const notATime = -(2n ** 63n)

/** A moment or a length of time, counted in its unit, of which several may make one (`25s`). */
function timeOf(counted: bigint, kind: 'M' | 'm', unit: string): string {
  if (counted === notATime) return 'NaT'
  const [, several, one = ''] = /^(\d*)(\w*)$/.exec(unit) ?? []
  const units = counted * BigInt(several || 1)
  if (kind === 'm') return one === '' ? String(units) : `${units} ${one}`
  if (perSecond[one] !== undefined) return momentText(units, perSecond[one])
  if (one === 'Y' || one === 'M') {
    const months = one === 'Y' ? units * 12n : units
    const year = String(1970n + (months - ((months % 12n) + 12n) % 12n) / 12n)
    return one === 'Y' ? year : `${year}-${String(((months % 12n) + 12n) % 12n + 1n).padStart(2, '0')}`
  }
  if (seconds[one] === undefined) return String(units)
  const moment = momentText(units * seconds[one], 1n)
  return one === 'D' || one === 'W' ? moment.split(' ')[0]! : moment.replace(/:00$/, '')
}

function complex(dtype: string, width: number, part: (offset: number) => number): Reader {
  return { dtype, width, numeric: false, get: (at) => `${part(at)}${part(at + width / 2) < 0 ? '−' : '+'}${Math.abs(part(at + width / 2))}i` }
}

function utf32(view: DataView, at: number, length: number, little: boolean): string {
  let text = ''
  for (let index = 0; index < length; index += 1) {
    const code = view.getUint32(at + index * 4, little)
    if (code !== 0 && code <= 0x10ffff) text += String.fromCodePoint(code)
  }
  return text
}

/** The arrays of an `.npy` or `.npz` file by name; each is read when it is asked for. */
export async function openNumpy(source: FileSource): Promise<{ name: string; read(): Promise<NumpyArray> }[]> {
  if (!/\.npz$/i.test(source.name)) {
    return [{ name: source.name, read: async () => parseNpy(source.name, await readWhole(source, most)) }]
  }
  return (await openZip(source)).map((member) => ({
    name: member.name.replace(/\.npy$/, ''),
    read: async () => {
      if (member.size > most) throw new Unreadable(words.hasMibAndThisView(member.name, Math.round(member.size / 2 ** 20), most / 2 ** 20))
      return parseNpy(member.name, await member.read())
    },
  }))
}

export interface Summary {
  readonly min: number
  readonly max: number
  readonly mean: number
  /** Population standard deviation, as `numpy.std`. */
  readonly std: number
  readonly nan: number
  readonly infinite: number
}

/** Of the finite values, by Welford's algorithm (Knuth, TAOCP 2, 4.2.2), which loses no digits to large means. */
export function summarise(array: NumpyArray): Summary {
  let [min, max, mean, squares, count, nan, infinite] = [Infinity, -Infinity, 0, 0, 0, 0, 0]
  for (let index = 0; index < array.length; index += 1) {
    const value = Number(array.at(index))
    if (Number.isNaN(value)) nan += 1
    else if (!Number.isFinite(value)) infinite += 1
    else {
      count += 1
      const delta = value - mean
      mean += delta / count
      squares += delta * (value - mean)
      if (value < min) min = value
      if (value > max) max = value
    }
  }
  return { min, max, mean: count === 0 ? NaN : mean, std: count === 0 ? NaN : Math.sqrt(squares / count), nan, infinite }
}
