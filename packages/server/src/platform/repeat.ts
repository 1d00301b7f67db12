import { setTimeout as delay } from 'node:timers/promises'

/**
 * Does `work` again and again, each time `intervalMs` after the last, until `signal` is aborted; the
 * promise ends with the work that is under way then. `failed` is told why one time went wrong, and
 * the next comes all the same. It keeps no process alive.
 */
export async function repeat(intervalMs: number, signal: AbortSignal, work: () => Promise<unknown>, failed: (error: unknown) => void): Promise<void> {
  while (!signal.aborted) {
    try {
      await delay(intervalMs, undefined, { signal, ref: false })
      await work()
    } catch (error) {
      if (signal.aborted) return
      failed(error)
    }
  }
}
