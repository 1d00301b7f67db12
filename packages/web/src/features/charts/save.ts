import { drawPicture, SvgPen, type LinesFigure, type Pen, type Picture, type Theme } from '@cairn/charts'
import { csvOf } from '../../ui/csv.ts'
import { words } from './words.ts'

/** A name that every file system takes. */
export const fileName = (title: string, ending: string): string => `${title.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').replaceAll(/^[-.]+|[-.]+$/g, '') || 'chart'}.${ending}`

export function svgOf(picture: Picture, theme: Theme): Blob {
  const pen = new SvgPen(picture.size.width, picture.size.height)
  drawPicture(pen, picture, theme)
  return new Blob([String(pen)], { type: 'image/svg+xml' })
}

/** Twice as fine as the screen's pixels. */
export async function pngOf(picture: Picture, theme: Theme): Promise<Blob> {
  const canvas = document.createElement('canvas')
  canvas.width = picture.size.width * 2
  canvas.height = picture.size.height * 2
  const pen = canvas.getContext('2d')!
  pen.scale(2, 2)
  drawPicture(pen as unknown as Pen, picture, theme)
  return new Promise((resolve, reject) => { canvas.toBlob((blob) => (blob === null ? reject(new Error(words.thePictureCouldNotBe)) : resolve(blob)), 'image/png') })
}

export function save(name: string, blob: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

/** Lines, a row for each point; of buckets these are their first, lowest, highest and last points. Lines of one name are told apart by their ids. */
export function linesCsv(figure: LinesFigure, xName: string, yName: string): string {
  const smooth = figure.lines.some(({ line }) => line.smooth !== undefined)
  const band = figure.lines.some((line) => line.band !== undefined)
  const rows: (string | number)[][] = [['line', xName, yName, ...(smooth ? ['smoothed'] : []), ...(band ? ['low', 'high'] : [])]]
  const names = new Map<string, number>()
  for (const { name } of figure.lines) names.set(name, (names.get(name) ?? 0) + 1)
  for (const { id, name: own, line, band: around } of figure.lines) {
    const name = names.get(own) === 1 ? own : `${own} (${id})`
    const smoothAt = new Map(line.smooth?.x.map((x, at) => [x, line.smooth!.y[at]!]))
    const points = [...line.x.map((x, at) => ({ x, value: line.y[at]! as number | string, at })), ...line.marks.map(({ x, value }) => ({ x, value, at: -1 }))].sort((a, b) => a.x - b.x)
    for (const { x, value, at } of points) {
      rows.push([name, x, value, ...(smooth ? [smoothAt.get(x) ?? ''] : []), ...(band ? [around?.low[at] ?? '', around?.high[at] ?? ''] : [])])
    }
  }
  return csvOf(rows)
}

export interface Snippet {
  readonly url: string
  readonly metric: string
  readonly runs: readonly { readonly id: string; readonly name: string }[]
  /** `step`, `time`, `relative`, or `metrics.epoch`: another metric at the same steps. */
  readonly axis: string
  readonly yLog: boolean
}

/** The same chart in Python, from every point. */
export function pythonOf({ url, metric, runs, axis, yLog }: Snippet): string {
  const text = (value: string): string => JSON.stringify(value)
  const along = axis.startsWith('metrics.') ? axis.slice('metrics.'.length) : undefined
  const x = along !== undefined ? 'at[p.step]' : axis === 'step' ? 'p.step' : axis === 'time' ? 'datetime.fromtimestamp(p.timestamp / 1000)' : '(p.timestamp - start) / 1000'
  return `${axis === 'time' ? 'from datetime import datetime\n\n' : ''}import matplotlib.pyplot as plt
import mlflow

client = mlflow.MlflowClient(${text(url)})
runs = {
${runs.map(({ id, name }) => `    ${text(id)}: ${text(name)},`).join('\n')}
}
for run_id, name in runs.items():
    points = client.get_metric_history(run_id, ${text(metric)})
${axis === 'relative' ? '    start = client.get_run(run_id).info.start_time\n' : ''}${along === undefined ? '' : `    at = {p.step: p.value for p in client.get_metric_history(run_id, ${text(along)})}\n    points = sorted((p for p in points if p.step in at), key=lambda p: at[p.step])\n`}    plt.plot([${x} for p in points], [p.value for p in points], label=name)
plt.xlabel(${text(along ?? (axis === 'step' ? 'step' : axis === 'time' ? 'time' : words.secondsSinceTheStart))})
plt.ylabel(${text(metric)})
${yLog ? 'plt.yscale("log")\n' : ''}plt.legend()
plt.show()
`
}
