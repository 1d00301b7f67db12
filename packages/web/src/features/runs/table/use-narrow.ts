import { useSyncExternalStore } from 'react'

const phone = '(max-width: 640px)'

/** Whether the window is as narrow as a phone. */
export const useNarrow = (): boolean => useSyncExternalStore((changed) => {
  const query = matchMedia(phone)
  query.addEventListener('change', changed)
  return () => query.removeEventListener('change', changed)
}, () => matchMedia(phone).matches)
