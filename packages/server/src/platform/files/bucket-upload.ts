import type { Bucket, OnlyIf, SentPart } from './bucket.ts'
import { tooLarge } from './disk.ts'
import { maxPartNumber, type BodyOptions } from './store.ts'

const atOnce = 2

/**
 * A body of unknown length into a bucket, whole or not at all: in one request where it is short, in
 * parts where it is not. It holds at most three parts, however long the body is: two on their way
 * and one that fills.
 *
 * Parts double in size after every 2,000, so that 10,000 of them reach past the 5 TB that an object may have.
 */
export async function upload(
  bucket: Bucket, key: string, body: AsyncIterable<Uint8Array>, options: BodyOptions & { onlyIf: OnlyIf; mark: string },
): Promise<{ size: number; etag: string }> {
  const { limit = Infinity, owned = false, onlyIf, mark } = options
  const sent: SentPart[] = []
  const sending = new Set<Promise<void>>()
  const spare: Buffer[] = []
  let uploadId: string | undefined
  let failure: unknown
  let size = 0
  let number = 1
  let filling: Buffer = Buffer.alloc(0)
  let filled = 0

  const capacity = (): number => bucket.partSize * 2 ** Math.floor((number - 1) / 2000)
  const room = (wanted: number): void => {
    if (filling.length >= wanted) return
    // Short bodies are many; each must not cost a whole part.
    const grown = spare.pop() ?? Buffer.allocUnsafeSlow(Math.min(capacity(), Math.max(wanted, filling.length * 2, 64 * 1024)))
    const target = grown.length >= wanted ? grown : Buffer.allocUnsafeSlow(wanted)
    target.set(filling.subarray(0, filled))
    filling = target
  }
  const send = async (): Promise<void> => {
    uploadId ??= await bucket.begin(key, mark)
    const [id, part, content, length] = [uploadId, number, filling, filled]
    number += 1
    filling = Buffer.alloc(0)
    filled = 0
    const work = (async () => {
      sent.push({ number: part, etag: await bucket.sendPart(key, id, part, content.subarray(0, length)) })
      spare.push(content)
    })().catch((error: unknown) => { failure ??= error }).finally(() => sending.delete(work))
    sending.add(work)
    if (sending.size >= atOnce) await Promise.race(sending)
  }

  try {
    for await (const piece of body) {
      size += piece.length
      if (size > limit) throw tooLarge(limit)
      for (let at = 0; at < piece.length;) {
        if (failure !== undefined) throw failure
        // A full part waits until it is known that something follows it, so that none is empty.
        if (filled === capacity() && number < maxPartNumber) await send()
        const take = Math.min(piece.length - at, capacity() - filled)
        room(filled + take)
        filling.set(piece.subarray(at, at + take), filled)
        filled += take
        at += take
      }
      if (owned) giveBack(piece)
    }
    if (uploadId === undefined) return { size, etag: (await bucket.put(key, filling.subarray(0, filled), onlyIf)).etag }
    await send()
    while (sending.size > 0) await Promise.race(sending)
    if (failure !== undefined) throw failure
    sent.sort((a, b) => a.number - b.number)
    return { size, etag: (await bucket.finish(key, uploadId, sent, { onlyIf, mark })).etag }
  } catch (error) {
    await Promise.all(sending)
    // A storage that is gone keeps the parts until its own rule for them removes them.
    if (uploadId !== undefined) await bucket.cancel(key, uploadId).catch(() => {})
    throw error
  }
}

/** Frees a piece's memory now; a small piece may share it with others. */
function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}
