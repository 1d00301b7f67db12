import type { NumpyArray } from '../signature/read-tensors.ts'

/** A tensor as onnxruntime takes it: texts as a list, all else as one of JavaScript's arrays of numbers. */
export interface RawTensor {
  readonly name: string
  readonly type: string
  readonly dims: readonly number[]
  readonly data: readonly string[] | ArrayBufferView
}

const kind = <T extends number | bigint>(Numbers: { new (bytes: ArrayBuffer): ArrayBufferView; from(values: ArrayLike<T>): ArrayBufferView }) => ({
  ofBytes: (bytes: Uint8Array): ArrayBufferView => new Numbers(new Uint8Array(bytes).buffer),
  ofValues: (values: readonly unknown[]): ArrayBufferView => Numbers.from(values as readonly T[]),
})

const kinds: Readonly<Record<string, ReturnType<typeof kind>>> = {
  float32: kind<number>(Float32Array), float64: kind<number>(Float64Array),
  int8: kind<number>(Int8Array), int16: kind<number>(Int16Array), int32: kind<number>(Int32Array), int64: kind<bigint>(BigInt64Array),
  uint8: kind<number>(Uint8Array), uint16: kind<number>(Uint16Array), uint32: kind<number>(Uint32Array), uint64: kind<bigint>(BigUint64Array),
  bool: kind<number>(Uint8Array),
}

/** onnxruntime's types that can be sent. */
export const tensorTypes: ReadonlySet<string> = new Set([...Object.keys(kinds), 'string'])

interface Head extends Omit<RawTensor, 'data'> {
  readonly bytes?: number
  readonly texts?: readonly string[]
}

/** `u32 length | JSON: name, type, dims and bytes of each, texts in it | the values`, little-endian. */
export function encodeTensors(arrays: readonly (NumpyArray & { readonly name: string; readonly type: string })[]): Buffer {
  const parts: Uint8Array[] = []
  const heads = arrays.map(({ name, type, shape, values }): Head => {
    if (type === 'string') return { name, type, dims: shape, texts: values as readonly string[] }
    const { buffer, byteLength } = kinds[type]!.ofValues(type === 'bool' ? values.map(Number) : values)
    parts.push(new Uint8Array(buffer))
    return { name, type, dims: shape, bytes: byteLength }
  })
  const head = Buffer.from(JSON.stringify(heads))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(head.length)
  return Buffer.concat([length, head, ...parts])
}

export function decodeTensors(body: Buffer): readonly RawTensor[] {
  let at = 4 + body.readUInt32LE(0)
  return (JSON.parse(body.toString('utf8', 4, at)) as readonly Head[]).map(({ name, type, dims, bytes = 0, texts }) => {
    if (texts !== undefined) return { name, type, dims, data: texts }
    // A copy, since the values need not lie where a processor reads them.
    const data = kinds[type]!.ofBytes(body.subarray(at, at + bytes))
    at += bytes
    return { name, type, dims, data }
  })
}

/** Tensors of several requests, one behind the other along the first dimension. */
export function joinTensors(parts: readonly (readonly RawTensor[])[]): readonly RawTensor[] {
  if (parts.length === 1) return parts[0]!
  return parts[0]!.map(({ name, type, dims }, index) => {
    const all = parts.map((part) => part[index]!)
    const rows = all.reduce((sum, one) => sum + one.dims[0]!, 0)
    const data = type === 'string'
      ? all.flatMap((one) => one.data as readonly string[])
      : kinds[type]!.ofBytes(Buffer.concat(all.map((one) => { const { buffer, byteOffset, byteLength } = one.data as ArrayBufferView; return new Uint8Array(buffer, byteOffset, byteLength) })))
    return { name, type, dims: [rows, ...dims.slice(1)], data }
  })
}
