import { useSyncExternalStore } from 'react'

const everyMs = 30_000
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined
let told = 0

/** One timer for all that tells how long ago something was; it rests while nobody looks. */
function watch(changed: () => void): () => void {
  listeners.add(changed)
  timer ??= setInterval(() => {
    if (document.visibilityState === 'hidden') return
    told += 1
    for (const listener of listeners) listener()
  }, everyMs)
  return () => {
    listeners.delete(changed)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** Draws again twice a minute. */
export const useMinute = (): void => void useSyncExternalStore(watch, () => told)
