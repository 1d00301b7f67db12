import { ScoringError } from '../errors.ts'

/** The datatypes of the Open Inference Protocol: numpy's name, bytes of one value, and how it lies in memory. */
interface Datatype {
  readonly dtype: string
  readonly bytes: number
  readonly read: (view: DataView, at: number) => unknown
  readonly write: (view: DataView, at: number, value: never) => void
}

export const datatypes: Readonly<Record<string, Datatype>> = {
  BOOL: { dtype: 'bool', bytes: 1, read: (view, at) => view.getUint8(at) !== 0, write: (view, at, value) => view.setUint8(at, Number(value)) },
  UINT8: { dtype: 'uint8', bytes: 1, read: (view, at) => view.getUint8(at), write: (view, at, value) => view.setUint8(at, value) },
  UINT16: { dtype: 'uint16', bytes: 2, read: (view, at) => view.getUint16(at, true), write: (view, at, value) => view.setUint16(at, value, true) },
  UINT32: { dtype: 'uint32', bytes: 4, read: (view, at) => view.getUint32(at, true), write: (view, at, value) => view.setUint32(at, value, true) },
  UINT64: { dtype: 'uint64', bytes: 8, read: (view, at) => view.getBigUint64(at, true), write: (view, at, value) => view.setBigUint64(at, BigInt(value), true) },
  INT8: { dtype: 'int8', bytes: 1, read: (view, at) => view.getInt8(at), write: (view, at, value) => view.setInt8(at, value) },
  INT16: { dtype: 'int16', bytes: 2, read: (view, at) => view.getInt16(at, true), write: (view, at, value) => view.setInt16(at, value, true) },
  INT32: { dtype: 'int32', bytes: 4, read: (view, at) => view.getInt32(at, true), write: (view, at, value) => view.setInt32(at, value, true) },
  INT64: { dtype: 'int64', bytes: 8, read: (view, at) => view.getBigInt64(at, true), write: (view, at, value) => view.setBigInt64(at, BigInt(value), true) },
  FP16: { dtype: 'float16', bytes: 2, read: (view, at) => view.getFloat16(at, true), write: (view, at, value) => view.setFloat16(at, value ?? Number.NaN, true) },
  FP32: { dtype: 'float32', bytes: 4, read: (view, at) => view.getFloat32(at, true), write: (view, at, value) => view.setFloat32(at, value ?? Number.NaN, true) },
  FP64: { dtype: 'float64', bytes: 8, read: (view, at) => view.getFloat64(at, true), write: (view, at, value) => view.setFloat64(at, value ?? Number.NaN, true) },
  BYTES: { dtype: 'str', bytes: 0, read: () => undefined, write: () => {} },
}

/** MLflow's types of columns, and numpy's, by the protocol's names. */
export const v2Names: Readonly<Record<string, string>> = { boolean: 'BOOL', integer: 'INT32', long: 'INT64', float: 'FP32', double: 'FP64' }
export const numpyTypes: Readonly<Record<string, string>> = Object.fromEntries(Object.entries(datatypes).map(([name, { dtype }]) => [dtype, name]))

/** Whether a value of JSON is one of the datatype; a null is a float that is missing, or a text. */
export function fitsDatatype(datatype: string, value: unknown): boolean {
  if (datatype === 'BYTES') return typeof value === 'string' || value === null
  if (datatype === 'BOOL') return typeof value === 'boolean' || value === 0 || value === 1
  if (datatype.startsWith('FP')) return value === null || typeof value === 'number' || typeof value === 'bigint'
  const unsigned = datatype.startsWith('U')
  if (typeof value === 'number' && Number.isSafeInteger(value)) {
    // Those of few bits, and most of many, without bigints.
    const limit = 2 ** (datatypes[datatype]!.bytes * 8)
    return unsigned ? value >= 0 && value < limit : value >= -limit / 2 && value < limit / 2
  }
  if (typeof value !== 'bigint' && !Number.isInteger(value)) return false
  const bits = BigInt(datatypes[datatype]!.bytes * 8)
  const whole = BigInt(value as number | bigint)
  const [least, most] = unsigned ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n]
  return whole >= least && whole <= most
}

export function readNumbers(bytes: Buffer, type: Datatype): unknown[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: Math.floor(bytes.length / type.bytes) }, (_, at) => type.read(view, at * type.bytes))
}

/** Texts of BYTES: each with its length before it. @throws ScoringError */
export function readTexts(name: string, bytes: Buffer): string[] {
  const values: string[] = []
  for (let at = 0; at < bytes.length;) {
    const length = at + 4 <= bytes.length ? bytes.readUInt32LE(at) : Infinity
    if (at + 4 + length > bytes.length) throw new ScoringError('BAD_REQUEST', `Input "${name}" ends inside a text of its binary data.`)
    values.push(bytes.toString('utf8', at + 4, at + 4 + length))
    at += 4 + length
  }
  return values
}

export function toBytes(datatype: string, values: readonly unknown[]): Buffer {
  if (datatype === 'BYTES') {
    return Buffer.concat((values as readonly string[]).flatMap((value) => {
      const text = Buffer.from(value)
      const length = Buffer.alloc(4)
      length.writeUInt32LE(text.length)
      return [length, text]
    }))
  }
  const { bytes, write } = datatypes[datatype]!
  const buffer = Buffer.alloc(values.length * bytes)
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
  for (const [at, value] of values.entries()) write(view, at * bytes, value as never)
  return buffer
}
