/** `u32 length | u32 header length | JSON header | payload`, little-endian; see worker.py. */
export function encodeFrame(header: unknown, payload: readonly Uint8Array[] = []): Buffer {
  const head = Buffer.from(JSON.stringify(header))
  const size = payload.reduce((sum, part) => sum + part.byteLength, 0)
  const frame = Buffer.allocUnsafe(8 + head.length + size)
  frame.writeUInt32LE(4 + head.length + size, 0)
  frame.writeUInt32LE(head.length, 4)
  head.copy(frame, 8)
  let at = 8 + head.length
  for (const part of payload) {
    frame.set(part, at)
    at += part.byteLength
  }
  return frame
}

export interface ReadFrame {
  readonly header: unknown
  readonly payload: Buffer
}

/** Puts frames together from the pieces that a socket brings. */
export function frameReader(onFrame: (frame: ReadFrame) => void): (chunk: Buffer) => void {
  let pending: Buffer[] = []
  let size = 0
  return (chunk) => {
    pending.push(chunk)
    size += chunk.length
    while (size >= 4) {
      if (pending.length > 1 && (pending[0]!.length < 4 || size >= 4 + pending[0]!.readUInt32LE(0))) pending = [Buffer.concat(pending)]
      const data = pending[0]!
      if (data.length < 4) return
      const length = data.readUInt32LE(0)
      if (size < 4 + length || data.length < 4 + length) return
      const headerSize = data.readUInt32LE(4)
      onFrame({ header: JSON.parse(data.toString('utf8', 8, 8 + headerSize)), payload: data.subarray(8 + headerSize, 4 + length) })
      const rest = data.subarray(4 + length)
      pending = rest.length === 0 ? [] : [rest]
      size = rest.length
    }
  }
}
