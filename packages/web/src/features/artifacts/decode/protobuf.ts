/** One field of a protobuf message: a number for varints and fixed widths' raw bytes otherwise. */
export interface Field {
  readonly number: number
  /** 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
  readonly wire: number
  readonly value: bigint
  readonly bytes: Uint8Array
}

const empty = new Uint8Array(0)

/** The fields of a message in their order (protobuf's encoding, without groups). */
export function* fields(bytes: Uint8Array): Generator<Field> {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) break
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
    throw new Error('a number is cut short')
  }
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new Error('a field goes past the end')
    return bytes.subarray(at, at += length)
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const wire = tag & 7
    const number = tag >>> 3
    if (number === 0) throw new Error('a field has no number')
    if (wire === 0) yield { number, wire, value: BigInt.asIntN(64, varint()), bytes: empty }
    else if (wire === 1) yield { number, wire, value: 0n, bytes: take(8) }
    else if (wire === 2) yield { number, wire, value: 0n, bytes: take(Number(varint())) }
    else if (wire === 5) yield { number, wire, value: 0n, bytes: take(4) }
    else throw new Error(`a field has the unknown wire type ${wire}`)
  }
}

export const textOf = (field: Field): string => new TextDecoder().decode(field.bytes)

export const floatOf = ({ bytes }: Field): number => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat32(0, true)

/** A repeated number, packed or not. */
export function numbersOf(field: Field): number[] {
  if (field.wire !== 2) return [Number(field.value)]
  const found: number[] = []
  let value = 0n
  let shift = 0n
  for (const byte of field.bytes) {
    value |= BigInt(byte & 127) << shift
    shift += 7n
    if (byte >= 128) continue
    found.push(Number(BigInt.asIntN(64, value)))
    value = 0n
    shift = 0n
  }
  return found
}
