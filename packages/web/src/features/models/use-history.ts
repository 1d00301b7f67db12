import { listAuditEntries, type AuditEntry, type RequestOf } from '@cairn/protocol'
import { useRef, useState } from 'react'
import { client, useLoaded } from '../../app/server.ts'

/** Entries that are shown unasked, that each further page brings, and that come at once of many new ones. */
const first = 50
const further = 200
const most = 1000

type Of = Pick<RequestOf<typeof listAuditEntries>, 'entity' | 'entity_name'>

export interface History {
  /** Newest first. */
  readonly entries: readonly AuditEntry[]
  /** Whether there are older ones. */
  readonly more: boolean
  readonly reading: boolean
  readonly error: string | undefined
  /** Reads what is new. */
  reload(): void
  /** Reads what is older: the next page, by its cursor. */
  readOn(): Promise<void>
}

interface Held {
  readonly key: string
  readonly entries: readonly AuditEntry[]
  readonly next: string | undefined
}

/** The audit trail of something; undefined as long as it is not known of what. What was read stays when newer entries come. */
export function useHistory(key: string, of: Of | undefined): History {
  const held = useRef<Held>(undefined)
  const [reading, setReading] = useState(false)
  const [failure, setFailure] = useState<string>()
  const newest = useLoaded(`history of ${key}`, async (): Promise<Held> => {
    if (of === undefined) return { key, entries: [], next: undefined }
    const fresh: AuditEntry[] = []
    let token: string | undefined
    do {
      const page = await client.call(listAuditEntries, { ...of, max_results: fresh.length === 0 ? first : most, ...(token !== undefined && { page_token: token }) })
      fresh.push(...page.entries)
      token = page.next_page_token || undefined
    // Where much has come at once, up to what was known.
    } while (token !== undefined && held.current !== undefined && !reaches(fresh, held.current))
    const known = held.current
    return (held.current = known === undefined || !reaches(fresh, known) ? { key, entries: fresh, next: token } : joined(fresh, known))
  })
  if (held.current?.key !== key) held.current = newest.data?.key === key ? newest.data : undefined
  return {
    entries: held.current?.entries ?? [], more: held.current?.next !== undefined, reading, error: newest.error ?? failure,
    reload: () => {
      setFailure(undefined)
      newest.reload()
    },
    readOn: async () => {
      const from = held.current?.next
      if (of === undefined || from === undefined || reading) return
      setReading(true)
      setFailure(undefined)
      try {
        const { entries, next_page_token } = await client.call(listAuditEntries, { ...of, max_results: further, page_token: from })
        // Unless it was read otherwise meanwhile.
        if (held.current?.next === from) held.current = { key, entries: [...held.current.entries, ...entries], next: next_page_token || undefined }
      } catch (error) {
        setFailure((error as Error).message)
      } finally {
        setReading(false)
      }
    },
  }
}

const idOf = ({ entry_id }: AuditEntry): number => Number(entry_id)
const reaches = (fresh: readonly AuditEntry[], { entries }: Held): boolean => entries[0] === undefined || fresh.some((entry) => idOf(entry) <= idOf(entries[0]!))
function joined(fresh: readonly AuditEntry[], { entries, ...known }: Held): Held {
  const oldest = fresh.at(-1)
  return { ...known, entries: [...fresh, ...entries.filter((entry) => oldest === undefined || idOf(entry) < idOf(oldest))] }
}
