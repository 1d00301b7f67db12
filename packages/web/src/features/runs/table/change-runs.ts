import { archivedTag } from '@cairn/protocol'
import { most, readLevels } from '../../../app/may-edit.ts'
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

/** Runs that this page is changing: whoever hears of it knows that it was nobody else. */
const changing = new Set<string>()
export const isChanging = (id: string): boolean => changing.has(id)

/** Answers the runs that it was too late for: somebody else had deleted them, or brought them back. */
async function does({ ids, ...rest }: Step): Promise<ReadonlySet<string>> {
  for (const id of ids) changing.add(id)
  try {
    return new Set((await client.runs.change({ run_ids: [...ids], ...rest, skip_gone: true })).left_out)
  } finally {
    for (const id of ids) changing.delete(id)
  }
}

/** What takes more than to change a run. */
const lasting: ReadonlySet<Step['change']> = new Set(['delete', 'restore', 'move'])

/** Does one thing to runs, says to how many, and offers to take it back. Answers whether it was done. */
export async function changeRuns(experiments: readonly string[], step: Step): Promise<boolean> {
  try {
    // A key asks for it wherever one stands.
    const level = most(await readLevels('run', experiments))
    if (level === 'read' || (level === 'edit' && lasting.has(step.change))) {
      toast({ kind: 'bad', text: level === 'read' ? words.needsEdit : words.needsManage })
      return false
    }
    const before = await readBefore(experiments, step)
    const late = await does(step)
    const ids = step.ids.filter((id) => !late.has(id))
    const back = ids.length === 0 ? [] : wayBack({ ...step, ids }, before.filter(({ run_id }) => !late.has(run_id)))
    toast({
      ...(ids.length === 0 && { kind: 'bad' as const }), text: [...(ids.length === 0 ? [] : [words.done[step.change](ids.length)]), ...(late.size === 0 ? [] : [words.tooLate(late.size)])].join('. '),
      ...(back.length > 0 && { action: { label: words.undo, act: () => void takeBack(back) } }),
    })
    return true
  } catch (error) {
    toast({ kind: 'bad', text: (error as Error).message })
    return false
  }
}

async function takeBack(back: readonly Step[]): Promise<void> {
  try {
    let late = 0
    for (const step of back) late += (await does(step)).size
    toast({ text: [words.takenBack, ...(late === 0 ? [] : [words.tooLate(late)])].join('. ') })
  } catch (error) {
    toast({ kind: 'bad', text: (error as Error).message })
  }
}
