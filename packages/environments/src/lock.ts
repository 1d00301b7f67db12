import { mkdir, rm, stat, utimes } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** A holder renews its lock every ten seconds; one that is older is nobody's. */
const deadMs = 60_000

/** Does `work` while no other process on this machine holds `path`. `say` is called once if it must wait. */
export async function withLock<T>(path: string, { say, signal }: { say: () => void; signal?: AbortSignal | undefined }, work: () => Promise<T>): Promise<T> {
  for (let told = false; ;) {
    signal?.throwIfAborted()
    try {
      await mkdir(path)
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const held = await stat(path).catch(() => undefined)
    if (held !== undefined && Date.now() - held.mtimeMs > deadMs) {
      await rm(path, { recursive: true, force: true })
      continue
    }
    if (!told) say()
    told = true
    await sleep(200, undefined, { signal })
  }
  const renew = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), 10_000)
  renew.unref()
  try {
    return await work()
  } finally {
    clearInterval(renew)
    await rm(path, { recursive: true, force: true })
  }
}
