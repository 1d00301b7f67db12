import { useMemo, useRef, useState } from 'react'
import { everyExperiment } from './change.ts'
import { folderOf, type Named } from './names.ts'
import type { ListLine, OverviewStore } from './overview-store.ts'

export interface ListSelection {
  readonly count: number
  has(line: ListLine): boolean
  named(): Named[]
  /** The experiments that a line stands for: itself, or all in the folder. */
  ofLine(line: ListLine): Promise<Named[]>
  toggle(index: number): void
  /** Everything from the line last toggled to this one, as that one is. */
  extend(index: number): void
  set(named: readonly Named[]): void
  clear(): void
}

/** Experiments that are selected, one by one or by folder. */
export function useListSelection(store: OverviewStore, stage: 'active' | 'deleted'): ListSelection {
  const [chosen, setChosen] = useState<ReadonlyMap<string, Named>>(new Map())
  const anchor = useRef({ index: 0, on: true })
  return useMemo(() => {
    const inside = (path: string): Named[] => [...chosen.values()].filter(({ name }) => name.startsWith(`${path}/`))
    const has = (line: ListLine): boolean => (line.kind === 'experiment' ? chosen.has(line.experiment.experiment_id) : line.kind === 'folder' && chosen.size > 0 && inside(line.folder.path).length >= line.folder.experiments)
    const ofLine = async (line: ListLine): Promise<Named[]> => {
      if (line.kind === 'experiment') return [{ id: line.experiment.experiment_id, name: line.experiment.name, base: folderOf(line.experiment.name) }]
      if (line.kind !== 'folder') return []
      const base = folderOf(line.folder.path)
      return (await everyExperiment({ stage, folder: line.folder.path })).map((one) => ({ ...one, base }))
    }
    const turn = async (lines: readonly ListLine[], on: boolean): Promise<void> => {
      const named = (await Promise.all(lines.map((line) => (!on && line.kind === 'folder' ? inside(line.folder.path) : ofLine(line))))).flat()
      setChosen((old) => {
        const next = new Map(old)
        for (const one of named) {
          if (!on) next.delete(one.id)
          else if (!next.has(one.id)) next.set(one.id, one)
        }
        return next
      })
    }
    return {
      count: chosen.size, has, ofLine,
      named: () => [...chosen.values()],
      toggle(index) {
        const line = store.line(index)
        const on = !has(line)
        anchor.current = { index, on }
        void turn([line], on)
      },
      extend(index) {
        const { index: from, on } = anchor.current
        const [first, last] = [Math.min(from, index), Math.max(from, index)]
        void turn(Array.from({ length: last - first + 1 }, (_, at) => store.line(first + at)), on)
      },
      set: (named) => setChosen(new Map(named.map((one) => [one.id, one]))),
      clear: () => setChosen(new Map()),
    }
  }, [chosen, store, stage])
}
