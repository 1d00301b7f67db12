import { setTimeout as sleep } from 'node:timers/promises'
import { StorageProblem, type Bucket } from './bucket.ts'

const tries = 3

/**
 * An object's bytes. A connection that breaks or falls silent is made again from where it was, three
 * times without progress; the tag keeps a download from going on in other content.
 */
export async function* readObject(bucket: Bucket, key: string, from: number, to: number, etag: string, timeoutMs: number): AsyncGenerator<Uint8Array> {
  let at = from
  for (let failed = 0; at <= to;) {
    try {
      for await (const piece of timed(await bucket.read(key, at, to, etag), timeoutMs)) {
        failed = 0
        at += piece.length
        yield piece
      }
      if (at <= to) throw new StorageProblem('silent', `${bucket.uri} ended an answer too early.`)
    } catch (error) {
      if (error instanceof StorageProblem && error.kind !== 'silent') throw error
      failed += 1
      if (failed >= tries) throw error
      await sleep(100 * 2 ** failed)
    }
  }
}

/** Fails where the next piece takes longer than `timeoutMs`; how long the consumer takes does not count. */
async function* timed(source: AsyncIterable<Uint8Array>, timeoutMs: number): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]()
  let ended = false
  try {
    for (;;) {
      const { promise: late, reject } = Promise.withResolvers<never>()
      const timer = setTimeout(() => reject(new StorageProblem('silent', `No byte came for ${timeoutMs} ms.`)), timeoutMs)
      try {
        const { done, value } = await Promise.race([iterator.next(), late])
        if (done) {
          ended = true
          return
        }
        yield value
      } finally {
        clearTimeout(timer)
      }
    }
  } finally {
    // Not waited for: a stream that hangs would hang here too.
    if (!ended) {
      if ('destroy' in source && typeof source.destroy === 'function') source.destroy()
      else void iterator.return?.()?.catch(() => {})
    }
  }
}
