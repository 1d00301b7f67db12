import { useSyncExternalStore } from 'react'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const stored = 'cairn.theme'
const watchers = new Set<() => void>()
const told = (): void => watchers.forEach((changed) => changed())

/** `index.html` sets the attribute before anything is drawn. */
export const theme = (): Theme => {
  const { theme: named } = document.documentElement.dataset
  return named === 'light' || named === 'dark' ? named : 'system'
}

export function setTheme(wanted: Theme): void {
  if (wanted === 'system') {
    delete document.documentElement.dataset['theme']
    localStorage.removeItem(stored)
  } else {
    document.documentElement.dataset['theme'] = wanted
    localStorage.setItem(stored, wanted)
  }
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
