import { useEffect, useMemo, useSyncExternalStore } from 'react'
import type { listRunFields, RequestOf } from '@cairn/protocol'
import { client, useLive, useSoon } from '../../../app/server.ts'
import type { FieldId } from './columns.ts'
import { FieldStore, type FieldState } from './field-store.ts'

/** Which runs: those of the table beside the charts. */
export type WhichRuns = Omit<RequestOf<typeof listRunFields>, 'fields' | 'max_results'>

/** The most runs that charts over runs can be drawn from. */
export const mostRuns = 100_000

/** While runs log, all fields are read again this often. */
const againMs = 3000

/** Fields of all runs of a filter, kept up with what is logged. Nothing is read while no field is wanted. */
export function useRunTable(which: WhichRuns, fields: readonly FieldId[], most: number): FieldState & { reload(): void } {
  const name = JSON.stringify(which)
  const store = useMemo(() => new FieldStore((request) => client.runs.fields({ ...which, ...request }), most), [name])
  const wanted = fields.join('\n')
  useEffect(() => { if (wanted !== '') store.want(wanted.split('\n'), most) }, [store, wanted, most])
  const soon = useSoon(() => store.reload(), againMs)
  useLive(`fields ${which.experiment_ids.join()} ${wanted === ''}`, { experimentIds: wanted === '' ? [] : which.experiment_ids, types: ['run', 'points', 'params', 'tags'] }, (message) => {
    if (message.type === 'resync' || message.type === 'run' || message.type === 'points' || message.type === 'params' || message.type === 'tags' || (message.type === 'connected' && !message.data.resumed)) {
      if (store.state.table !== undefined) soon()
    }
  })
  const state = useSyncExternalStore(store.subscribe, () => store.state)
  return { ...state, reload: () => store.reload() }
}
