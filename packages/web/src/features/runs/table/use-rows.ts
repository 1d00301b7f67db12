import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import type { RunInfo } from '@cairn/protocol'
import { useKept } from '../../../app/kept.ts'
import { client, useKeptLive, useSoon } from '../../../app/server.ts'
import type { Column } from '../columns.ts'
import { takeFirstWindow } from '../opening.ts'
import { RowStore, withInfo, withPoints, withTexts, type Which } from './row-store.ts'

/** Longer texts are cut in answers. */
const toldLength = 200
/** While runs come and go, the table is read again at most this often. */
const rereadMs = 1000
/** An answer that takes longer is announced: the rows that stand there are those of before. */
const lateMs = 250

export interface Heard {
  /** A key that the table may not know yet, or one whose values are no longer equal; `late` where the page is being left. */
  key(late: boolean): void
  /** The value that all runs with a param or tag have, by id of its column and cut as the server cuts it; null where one run has it. */
  readonly equal: ReadonlyMap<string, string | null>
}

/** The rows of a table, moved by what happens. */
export function useRows(experiments: readonly string[], which: Which, columns: readonly Column[], ready: boolean, heard: Heard): RowStore {
  const store = useKept('rows', experiments.join(), () => new RowStore((input, signal) => client.runs.table(input, { signal }), (act) => void setTimeout(act, lateMs)))
  useMemo(() => {
    const first = takeFirstWindow(experiments)
    if (first !== undefined) store.begin(first)
  }, [store])
  const name = JSON.stringify(which)
  useEffect(() => { if (ready) store.show(which, columns) }, [store, name, columns, ready])
  useVersion(store)
  const refreshSoon = useSoon(() => store.refresh(), rereadMs, () => store.outdate())
  const keySoon = useSoon(() => heard.key(false), 2 * rereadMs, () => heard.key(true))
  // Whether a change may move a run to another place, in or out.
  const depends = useRef('')
  depends.current = `${which.filter ?? ''} ${(which.order_by ?? []).join(' ')}`
  const known = useRef(new Set<string>())
  known.current = useMemo(() => new Set(columns.map(({ kind, key }) => `${kind}s.${key}`)), [columns])
  const newKeys = useKept('heard keys', experiments.join(), () => new Set<string>())
  const noteKeys = (kind: string, keys: readonly string[]): void => {
    for (const key of keys) {
      const id = `${kind}.${key}`
      if (depends.current.includes(key)) refreshSoon()
      if (known.current.has(id) || newKeys.has(id)) continue
      newKeys.add(id)
      keySoon()
    }
  }
  // What tells runs apart is a column that is suggested, and what does not is said to be equal.
  const noteValues = (kind: string, texts: readonly { readonly key: string; readonly value?: string | undefined }[]): void => {
    const isNews = (key: string, value: string): boolean => {
      const known = heard.equal.get(`${kind}.${key}`)
      return known !== undefined && known !== value.slice(0, toldLength)
    }
    if (texts.some(({ key, value = '' }) => isNews(key, value))) keySoon()
  }
  useKeptLive(`table ${experiments.join()}`, { experimentIds: experiments, types: ['run', 'points', 'params', 'tags'] }, (message) => {
    if (message.type === 'resync' || (message.type === 'connected' && !message.data.resumed && store.total !== undefined)) {
      store.refresh()
      keySoon()
    }
    else if (message.type === 'run') {
      const { run_id, info } = message.data
      if (!hearRun(store, run_id, info) || depends.current.trim() !== '') refreshSoon()
    } else if (message.type === 'points') {
      store.patch(message.data.run_id, (row) => withPoints(row, message.data.points))
      noteKeys('metrics', message.data.points.map(({ key }) => key))
    } else if (message.type === 'params') {
      store.patch(message.data.run_id, (row) => withTexts(row, 'params', message.data.params))
      noteKeys('params', message.data.params.map(({ key }) => key))
      noteValues('params', message.data.params)
    } else if (message.type === 'tags') {
      const { run_id, tags = [], removed = [] } = message.data
      store.patch(run_id, (row) => withTexts(row, 'tags', tags, removed))
      noteKeys('tags', tags.map(({ key }) => key))
      noteValues('tags', tags)
      // Where a run stands among the others may change by these.
      if ([...tags.map(({ key }) => key), ...removed].some((key) => key === 'cairn.archived' || key === 'mlflow.parentRunId')) refreshSoon()
    }
  })
  return store
}

/** False where the table has to be read again. */
function hearRun(store: RowStore, runId: string, info: RunInfo): boolean {
  return store.patch(runId, (row) => withInfo(row, info)) && info.lifecycle_stage === 'active' && store.known.some((row) => row.info.run_id === runId && row.info.experiment_id === info.experiment_id)
}

/** Draws again at most once a frame, however much happens. */
function useVersion(store: RowStore): void {
  const watch = useMemo(() => (changed: () => void): (() => void) => {
    let frame = 0
    const stop = store.watch(() => { frame ||= requestAnimationFrame(() => { frame = 0; changed() }) })
    return () => {
      stop()
      cancelAnimationFrame(frame)
    }
  }, [store])
  useSyncExternalStore(watch, () => store.version)
}
