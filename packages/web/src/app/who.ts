import { getCurrentUser } from '@cairn/protocol'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { client } from './server.ts'

/** Whether people sign in on this server; if not, everybody says a name once, and their browser keeps it. */
export const hasAccounts = (): boolean => document.documentElement.dataset['accounts'] !== undefined

const kept = 'cairn:name'
const watchers = new Set<() => void>()
const watch = (changed: () => void): (() => void) => {
  watchers.add(changed)
  addEventListener('storage', changed)
  return () => {
    watchers.delete(changed)
    removeEventListener('storage', changed)
  }
}
export const longestDisplayName = 60

/** The name that somebody without an account has said; "" where none was said yet. */
export function displayName(): string {
  try {
    return localStorage.getItem(kept) ?? ''
  } catch {
    return ''
  }
}

/** Without what a mention could not name: `@` and runs of blanks. */
export function setDisplayName(name: string): void {
  try {
    localStorage.setItem(kept, name.replaceAll('@', '').replace(/\s+/g, ' ').trim().slice(0, longestDisplayName))
  } catch {
    // A browser that keeps nothing asks again.
  }
  for (const changed of watchers) changed()
}

/** The account that is signed in, on a server with accounts. */
export const currentUser = queryOptions({ queryKey: ['whoami'], staleTime: Infinity, queryFn: async () => (await client.call(getCurrentUser, {})).user })

/** Who looks at the page: the account, or the name that was said; "" for nobody in particular, and until it is known. */
export function useWho(): string {
  const said = useDisplayName()
  const { data } = useQuery({ ...currentUser, enabled: hasAccounts() })
  return hasAccounts() ? data?.username ?? '' : said
}

export const useDisplayName = (): string => useSyncExternalStore(watch, displayName)

/** What requests say of who asks; nothing with accounts, where the server knows. */
export const byWhom = (): { by?: string } => (hasAccounts() || displayName() === '' ? {} : { by: displayName() })
