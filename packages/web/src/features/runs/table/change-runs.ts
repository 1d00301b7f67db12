import { archivedTag, tableLimits } from '@cairn/protocol'
import { client } from '../../../app/server.ts'
import { toast } from '../../../ui/toast.tsx'
import { chunksOf, inList } from './by-id.ts'
import { opposite, wayBack, type Before, type Step } from './way-back.ts'
import { words } from './words.ts'

/** What the runs are now. Only what cannot be told from the change itself is asked for. */
async function readBefore(experiments: readonly string[], { ids, change, key = archivedTag }: Step): Promise<Before[]> {
  if (opposite[change] !== undefined) return []
  const found: Before[] = []
  for (const some of chunksOf(ids)) {
    const { rows } = await client.runs.table({ experiment_ids: [...experiments], filter: inList(some), columns: [{ kind: 'tag', key }], run_view_type: 'ALL', archived: true, whole: true, count: false, max_results: some.length })
    found.push(...rows.map(({ run_id, experiment_id, archived = false, values: [tag] }) => ({ run_id, experiment_id, archived, tag: (tag ?? null) as string | null })))
  }
  return found
}

const does = async ({ ids, ...rest }: Step): Promise<void> => {
  for (let from = 0; from < ids.length; from += tableLimits.ids) await client.runs.change({ run_ids: ids.slice(from, from + tableLimits.ids), ...rest })
}

/** Does one thing to runs, and offers to take it back. Answers whether it was done. */
export async function changeRuns(experiments: readonly string[], step: Step): Promise<boolean> {
  try {
    const back = wayBack(step, await readBefore(experiments, step))
    await does(step)
    toast({ text: words.done[step.change](step.ids.length), ...(back.length > 0 && { action: { label: words.undo, act: () => void takeBack(back) } }) })
    return true
  } catch (error) {
    toast({ kind: 'bad', text: (error as Error).message })
    return false
  }
}

async function takeBack(back: readonly Step[]): Promise<void> {
  try {
    for (const step of back) await does(step)
    toast({ text: words.takenBack })
  } catch (error) {
    toast({ kind: 'bad', text: (error as Error).message })
  }
}
