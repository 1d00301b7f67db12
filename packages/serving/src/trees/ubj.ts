/**
 * Universal Binary JSON (https://ubjson.org, draft 12) as XGBoost writes it: numbers are big-endian,
 * arrays of one type are typed. 64-bit integers become numbers; XGBoost's are small.
 */
export function parseUbj(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = new TextDecoder('utf-8', { fatal: true })
  let at = 0
  let depth = 0

  const marker = (): string => {
    // 'N' is padding.
    while (bytes[at] === 78) at++
    if (at >= bytes.length) throw new Error(`the file ends at byte ${at}, inside a value`)
    return String.fromCharCode(bytes[at++]!)
  }
  const take = (size: number): number => {
    if (at + size > bytes.length) throw new Error(`the file ends at byte ${bytes.length}, inside a value`)
    at += size
    return at - size
  }
  const number = (type: string): number | undefined => {
    switch (type) {
      case 'i': return view.getInt8(take(1))
      case 'U': return view.getUint8(take(1))
      case 'I': return view.getInt16(take(2))
      case 'l': return view.getInt32(take(4))
      case 'L': return Number(view.getBigInt64(take(8)))
      case 'd': return view.getFloat32(take(4))
      case 'D': return view.getFloat64(take(8))
      default: return undefined
    }
  }
  const length = (): number => {
    const type = marker()
    const size = number(type)
    if (size === undefined || !Number.isSafeInteger(size) || size < 0) throw new Error(`byte ${at}: a length was expected, not "${type}"`)
    return size
  }
  const string = (): string => {
    const size = length()
    return text.decode(bytes.subarray(take(size), at))
  }
  const value = (type: string): unknown => {
    const read = number(type)
    if (read !== undefined) return read
    switch (type) {
      case '{': return nested(object)
      case '[': return nested(array)
      case 'S': return string()
      case 'C': return String.fromCharCode(bytes[take(1)]!)
      case 'H': return Number(string())
      case 'T': return true
      case 'F': return false
      case 'Z': return null
      default: throw new Error(`byte ${at - 1}: there is no type "${type}"`)
    }
  }
  const nested = (read: () => unknown): unknown => {
    if (++depth > 100) throw new Error('it is nested more than 100 deep')
    const result = read()
    depth -= 1
    return result
  }
  /** `$type` and `#count` before the items of a container. */
  const head = (): { type: string | undefined; count: number | undefined } => {
    let type: string | undefined
    if (bytes[at] === 36) {
      at += 1
      type = marker()
    }
    if (bytes[at] !== 35) {
      if (type !== undefined) throw new Error(`byte ${at}: a type without a count`)
      return { type, count: undefined }
    }
    at += 1
    return { type, count: length() }
  }
  const object = (): unknown => {
    const { type, count } = head()
    const result: Record<string, unknown> = {}
    const one = (): void => {
      const key = string()
      Object.defineProperty(result, key, { value: value(type ?? marker()), enumerable: true, configurable: true, writable: true })
    }
    if (count !== undefined) {
      for (let index = 0; index < count; index++) one()
      return result
    }
    while (peek() !== '}') one()
    at += 1
    return result
  }
  const array = (): unknown => {
    const { type, count } = head()
    if (count !== undefined) {
      if (type !== undefined && count * (sizes[type] ?? 0) > bytes.length - at) throw new Error(`the file ends at byte ${bytes.length}, inside a list`)
      const result: unknown[] = []
      for (let index = 0; index < count; index++) result.push(value(type ?? marker()))
      return result
    }
    const result: unknown[] = []
    while (peek() !== ']') result.push(value(marker()))
    at += 1
    return result
  }
  const peek = (): string => {
    while (bytes[at] === 78) at++
    if (at >= bytes.length) throw new Error(`the file ends at byte ${at}, inside a list or object`)
    return String.fromCharCode(bytes[at]!)
  }

  return value(marker())
}

const sizes: Readonly<Record<string, number>> = { i: 1, U: 1, I: 2, l: 4, L: 8, d: 4, D: 8, C: 1, S: 2 }
