import { useEffect, useRef } from 'react'
import { archivedTag } from '@cairn/protocol'
import { useKept } from '../../app/kept.ts'
import { client, useKeptLive, useSoon } from '../../app/server.ts'
import { toast } from '../../ui/toast.tsx'
import { useRunSelection } from './selection.ts'
import { chunksOf, inList } from './table/by-id.ts'
import { isChanging } from './table/change-runs.ts'
import type { Stage } from './table/table-state.ts'
import { words } from './table/words.ts'

/** What comes at once is told of at once. */
const gatherMs = 200

/** Why a run is not among those of its stage any more. */
type Parting = keyof typeof words.parted

interface Seen {
  readonly deleted: boolean
  /** Undefined where nothing was said of it. */
  readonly archived: boolean | undefined
}

function partingOf(stage: Stage, { deleted, archived }: Seen): Parting | undefined {
  if (stage === 'deleted') return deleted ? undefined : 'restored'
  if (deleted) return 'deleted'
  return archived === true && stage === 'active' ? 'archived' : undefined
}

/**
 * Keeps the selection true: what somebody else deletes, archives, restores or moves away is no longer
 * selected, and it is said. Where the page has heard of nothing for a while the server is asked, and of runs
 * that an address brings.
 */
export function useTrueSelection(experiments: readonly string[], stage: Stage): void {
  const name = experiments.join()
  const { ids, set } = useRunSelection(name)
  const latest = useRef({ ids, stage })
  latest.current = { ids, stage }
  /** What was selected while this page was there and heard what became of it. */
  const heard = useKept('selected', name, () => ({ ids: new Set<string>() as ReadonlySet<string> }))
  const gone = useRef(new Map<string, Parting>())
  const dropSoon = useSoon(() => {
    const found = [...gone.current].filter(([id]) => latest.current.ids.has(id))
    gone.current.clear()
    if (found.length === 0) return
    const left = new Set(latest.current.ids)
    for (const [id] of found) left.delete(id)
    set(left)
    toast({ text: words.noLongerSelected([...Map.groupBy(found, ([, why]) => why)].map(([why, some]) => words.parted[why](some.length))) })
  }, gatherMs)
  const part = (id: string, why: Parting | undefined): void => {
    if (why === undefined || !latest.current.ids.has(id) || isChanging(id)) return
    gone.current.set(id, why)
    dropSoon()
  }
  const check = async (asked: readonly string[]): Promise<void> => {
    for (const some of chunksOf(asked)) {
      const { rows } = await client.runs.table({ experiment_ids: [...experiments], filter: inList(some), columns: [], run_view_type: 'ALL', archived: true, count: false, max_results: some.length })
      const known = new Map(rows.map((row) => [row.run_id, row]))
      for (const id of some) {
        const row = known.get(id)
        part(id, row === undefined ? 'away' : partingOf(latest.current.stage, { deleted: row.deleted === true, archived: row.archived }))
      }
    }
  }
  useEffect(() => {
    // Where it cannot be asked the selection stays, and what is done to it says what it was too late for.
    void check([...latest.current.ids].filter((id) => !heard.ids.has(id))).catch(() => {})
  }, [name])
  useEffect(() => { heard.ids = ids }, [heard, ids])
  useKeptLive(`selection ${name}`, { experimentIds: experiments, types: ['run', 'tags'] }, (message) => {
    if (message.type === 'resync' || (message.type === 'connected' && !message.data.resumed)) void check([...latest.current.ids]).catch(() => {})
    else if (message.type === 'run') {
      const { run_id, info } = message.data
      part(run_id, experiments.includes(info.experiment_id) ? partingOf(latest.current.stage, { deleted: info.lifecycle_stage === 'deleted', archived: undefined }) : 'away')
    } else if (message.type === 'tags' && (message.data.tags ?? []).some(({ key }) => key === archivedTag)) part(message.data.run_id, latest.current.stage === 'active' ? 'archived' : undefined)
  })
}
