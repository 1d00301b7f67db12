import { lazyPart } from './lazy-part.tsx'

/** What opens over the page, with the library that it stands on: a fifth of all code, of which nothing is seen until somebody opens something. */
const over = () => import('./over/index.ts')

export const Entries = lazyPart(async () => (await over()).Entries)
export const Beside = lazyPart(async () => (await over()).Beside)
export const Dialog = lazyPart(async () => (await over()).Dialog)
export const Combobox = lazyPart(async () => (await over()).Combobox)
export const OptionList = lazyPart(async () => (await over()).OptionList)

const signs = ['pointermove', 'pointerdown', 'keydown'] as const

/** Fetches it with the first sign of a hand at the page, which is before anything can be opened. */
export function fetchOverSoon(): void {
  const soon = new AbortController()
  const begin = (): void => {
    soon.abort()
    // Where that fails whoever opens something is told.
    for (const part of [Entries, Beside, Dialog, Combobox, OptionList]) part.load().catch(() => {})
  }
  for (const sign of signs) addEventListener(sign, begin, { capture: true, passive: true, signal: soon.signal })
}
