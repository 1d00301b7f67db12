import { importanceOf, type ImportanceColumn } from './importance.ts'

/** Grows the forest beside the page, which stays quick meanwhile. */
addEventListener('message', ({ data }: MessageEvent<{ readonly round: number; readonly columns: readonly ImportanceColumn[]; readonly target: Float64Array }>) => {
  postMessage({ round: data.round, importance: importanceOf(data.columns, data.target) })
})
