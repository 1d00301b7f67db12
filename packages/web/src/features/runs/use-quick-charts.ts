import { useMemo } from 'react'
import { changeQuery, usePlaceWord } from '../../app/address.ts'
import { usePlaceQuery } from '../../app/router.ts'
import { readZoom, writeZoom } from '../charts/charts-state.ts'
import type { Range } from './run-opening.ts'

export interface QuickCharts {
  /** What is looked for among the metrics. */
  readonly find: string
  onFind(text: string): void
  /** The parts of the axis that are zoomed into, by metric. */
  readonly zoomed: ReadonlyMap<string, Range>
  zoom(key: string, range: Range | undefined): void
}

/** What is chosen of the charts of a run's overview and system; it stands in the address as for those of its Charts. */
export function useQuickCharts(): QuickCharts {
  const [find, onFind] = usePlaceWord('find')
  const zooms = new URLSearchParams(usePlaceQuery()).getAll('zoom').join('\n')
  const zoomed = useMemo(() => new Map(zooms.split('\n').flatMap(readZoom).map(({ key, range }) => [key, range] as const)), [zooms])
  return { find, onFind, zoomed, zoom }
}

function zoom(key: string, range: Range | undefined): void {
  changeQuery((query) => {
    const others = query.getAll('zoom').filter((text) => readZoom(text)[0]?.key !== key)
    query.delete('zoom')
    for (const text of others) query.append('zoom', text)
    if (range !== undefined) query.append('zoom', writeZoom({ key, range: [Math.floor(range[0]), Math.max(Math.ceil(range[1]), Math.floor(range[0]) + 1)] }))
  }, 'step')
}
