import type { ExperimentChange } from '@cairn/protocol'
import { client } from '../../app/server.ts'
import { toast } from '../../ui/toast.tsx'
import { words } from './words.ts'

/** Changes experiments, says so, and offers to take it back. Answers whether it was done. */
export async function changeExperiments(changes: readonly ExperimentChange[], said: (count: number) => string): Promise<boolean> {
  try {
    const undo = await client.experiments.change([...changes])
    if (undo.length === 0) toast({ text: words.nothingToDo })
    else toast({ text: said(undo.length), action: { label: words.undo, act: () => void changeExperiments(undo, () => words.undone) } })
    return true
  } catch (error) {
    toast({ kind: 'bad', text: (error as Error).message })
    return false
  }
}

const page = 500

/** Every experiment that is found or lies in a folder, by id, with its name. */
export async function everyExperiment(which: { readonly words?: string[]; readonly tags?: { key: string; value?: string }[]; readonly stage: 'active' | 'deleted'; readonly folder?: string }): Promise<{ id: string; name: string }[]> {
  const found: { id: string; name: string }[] = []
  for (;;) {
    const { experiments, total } = await client.experiments.overview({ ...which, order: 'name', offset: found.length, max_results: page })
    found.push(...experiments.map(({ experiment_id, name }) => ({ id: experiment_id, name })))
    if (experiments.length === 0 || found.length >= total) return found
  }
}
