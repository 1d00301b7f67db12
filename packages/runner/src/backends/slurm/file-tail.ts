import { open } from 'node:fs/promises'

/** Reads what a file grew by since the last look; a file that is not there yet has not grown. */
export function fileTail(path: string, limit = 4 * 2 ** 20): () => Promise<Buffer> {
  let at = 0
  return async () => {
    const file = await open(path).catch(() => undefined)
    if (file === undefined) return Buffer.alloc(0)
    try {
      const { size } = await file.stat()
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(limit, Math.max(0, size - at))), 0, undefined, at)
      at += bytesRead
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  }
}
