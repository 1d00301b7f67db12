import { useMemo, type ReactNode } from 'react'
import type { Run, RunInfo } from '@cairn/protocol'
import { redo, undo } from '../../app/router.ts'
import { useShortcuts } from '../../app/shortcuts.ts'
import { RunsCharts } from '../charts/runs-charts.tsx'
import type { Keys } from './columns.ts'
import { usualDrawing } from './drawing.ts'
import type { Drawn } from './use-drawn.ts'
import { useLooks } from './use-drawing.ts'
import { words as views } from '../views/words.ts'

export interface RunPanelsProps {
  readonly run: Run
  /** As it is now. */
  readonly info: RunInfo
  readonly metrics: readonly string[]
}

const noColors = new Map<string, number>()
const nothing = (): void => {}

/** The charts of one run, with all that can be chosen for those of many. The run has the colour that it has among the others. */
export function RunPanels({ run, info, metrics }: RunPanelsProps): ReactNode {
  const { run_id: id, experiment_id: experiment } = run.info
  const names = metrics.join('\n')
  const runs = useMemo(() => [{ ...run, info }], [run, info])
  const keys = useMemo((): Keys => ({ metrics: names === '' ? [] : names.split('\n').map((key) => ({ key, runs: 1 })), params: [], tags: [] }), [names])
  const which = useMemo(() => ({ experiment_ids: [experiment], filter: `attributes.run_id = '${id}'` }), [experiment, id])
  const ids = useMemo(() => [id], [id])
  const lookOf = useLooks(experiment, ids, noColors)
  const drawn = useMemo((): Drawn => ({
    drawing: usualDrawing, change: nothing, runs, among: new Set([id]), total: 1, loading: false, error: undefined, isDrawn: () => true, lookOf, reload: nothing,
  }), [runs, id, lookOf])
  useShortcuts([
    { keys: 'Mod+Z', what: views.undone, where: views.where, act: undo },
    { keys: 'Mod+Shift+Z', what: views.redone, where: views.where, act: redo },
  ])
  return <RunsCharts experiments={[experiment]} which={which} runs={runs} keys={keys} drawn={drawn} list={false} only={id} />
}
