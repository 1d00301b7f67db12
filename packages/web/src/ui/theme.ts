import { useSyncExternalStore } from 'react'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const kept = 'cairn_theme'
const year = 365 * 24 * 3600
const watchers = new Set<() => void>()
const told = (): void => watchers.forEach((changed) => changed())

/** The server writes the attribute into the page, which is drawn with it from the start. */
export const theme = (): Theme => {
  const { theme: named } = document.documentElement.dataset
  return named === 'light' || named === 'dark' ? named : 'system'
}

export function setTheme(wanted: Theme): void {
  if (wanted === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = wanted
  // A cookie, for the server reads it (`pages.ts`): a script that did would hold up the first drawing.
  document.cookie = `${kept}=${wanted}; Path=${new URL(document.baseURI).pathname.replace(/(?<=.)\/$/, '')}; Max-Age=${wanted === 'system' ? 0 : year}; SameSite=Lax`
  told()
}

/** Whoever paints colours by hand paints again. */
export function onThemeChange(changed: () => void): () => void {
  const scheme = matchMedia('(prefers-color-scheme: dark)')
  scheme.addEventListener('change', changed)
  watchers.add(changed)
  return () => {
    scheme.removeEventListener('change', changed)
    watchers.delete(changed)
  }
}

export const useTheme = (): Theme => useSyncExternalStore(onThemeChange, theme)
