import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { count, grouped, metric } from '../../../ui/format.ts'
import { singleText } from '../decode/exact.ts'
import { openNumpy, summarise, type NumpyArray } from '../decode/npy.ts'
import type { Table } from '../decode/table.ts'
import { useAsync } from '../use-async.ts'
import { Facts } from './model-parts.tsx'
import { Problem, Waiting } from './problem.tsx'
import { TableView } from './table-view.tsx'
import type { ViewerProps } from './viewer.ts'
import { words } from '../words.ts'

/** Arrays of an .npy or .npz file: a summary, the picture of a slice, the numbers. */
export function NumpyViewer({ shelf, file }: ViewerProps): ReactNode {
  const key = `${shelf.key} ${file.name} ${file.size}`
  const { value: arrays, error } = useAsync(key, () => openNumpy(file))
  const [name, setName] = useState<string>()
  const chosen = arrays?.find((one) => one.name === name) ?? arrays?.[0]
  const read = useAsync(`${key} ${chosen?.name ?? ''}`, async () => chosen?.read())
  const problem = error ?? read.error
  if (problem !== undefined && (arrays?.length ?? 0) < 2) return <Problem error={problem} url={shelf.url(file.name)} />
  if (arrays === undefined) return <Waiting />
  if (chosen === undefined) return <p className="viewer-note">{words.thisArchiveHoldsNoArrays}</p>
  return (
    <>
      {arrays.length > 1 && (
        <div className="viewer-bar"><label>{words.array} <select className="field" value={chosen.name} onChange={(event) => setName(event.target.value)}>{arrays.map((one) => <option key={one.name}>{one.name}</option>)}</select></label></div>
      )}
      {problem !== undefined ? <Problem error={problem} url={shelf.url(file.name)} /> : read.value === undefined ? <Waiting /> : <ArrayView key={chosen.name} array={read.value} />}
    </>
  )
}

function ArrayView({ array }: { array: NumpyArray }): ReactNode {
  const summary = useMemo(() => (array.numeric && array.length > 0 ? summarise(array) : undefined), [array])
  // Bytes by threes or fours are the colours of a picture.
  const channels = array.dtype === 'uint8' && array.shape.length > 2 && (array.shape.at(-1) === 3 || array.shape.at(-1) === 4) ? array.shape.at(-1)! : 1
  const sides = channels === 1 ? array.shape : array.shape.slice(0, -1)
  const outer = sides.slice(0, -2)
  const slices = outer.reduce((product, side) => product * side, 1)
  const [slice, setSlice] = useState(0)
  const shape = array.shape.length === 0 ? words.aSingleValue : array.shape.join(' × ')
  const columns = sides.length < 2 ? 1 : sides.at(-1)!
  const rows = sides.length === 0 ? 1 : sides.length === 1 ? sides[0]! : sides.at(-2)!
  const table = useMemo(() => tableOf(array, slice, rows, columns, channels), [array, slice, rows, columns, channels])
  return (
    <div className="numpy">
      <Facts rows={[[words.shape, shape], [words.type, array.dtype], [words.values, grouped(array.length)], ...(summary === undefined ? [] : [
        [words.lowest, metric(summary.min)], [words.highest, metric(summary.max)], [words.mean, metric(summary.mean)], [words.deviation, metric(summary.std)], ['NaN', grouped(summary.nan)], [words.infinite, grouped(summary.infinite)],
      ] as const)]} />
      {slices > 1 && array.length > 0 && (
        <div className="viewer-bar"><label>{words.sliceOf(indexOf(slice, outer), count(slices, 'slice'))} <input type="range" min="0" max={slices - 1} value={slice} onChange={(event) => setSlice(Number(event.target.value))} /></label></div>
      )}
      {array.length > 0 && channels > 1 && <Picture array={array} start={slice * rows * columns * channels} width={columns} height={rows} channels={channels} />}
      {summary !== undefined && channels === 1 && rows > 1 && columns > 1 && <HeatMap array={array} start={slice * rows * columns} rows={rows} columns={columns} low={summary.min} high={summary.max} />}
      {array.length > 0 && <TableView key={slice} table={table} label={words.values} counted={false} />}
    </div>
  )
}

function indexOf(slice: number, outer: readonly number[]): string {
  let rest = slice
  return `[${outer.toReversed().map((side) => {
    const index = rest % side
    rest = Math.floor(rest / side)
    return index
  }).toReversed().join(', ')}]`
}

function tableOf(array: NumpyArray, slice: number, rows: number, columns: number, channels: number): Table {
  const start = slice * rows * columns
  const { fields } = array
  // Those of one dimension are tables already; of others the fields stand in one cell.
  if (fields !== undefined && columns === 1) {
    return {
      columns: [{ name: words.row, numeric: true }, ...fields.map(({ name, numeric }) => ({ name, numeric }))], rows, complete: true, more: async () => {},
      read: async (from, to) => Array.from({ length: Math.max(Math.min(to, rows) - from, 0) }, (_, at) => [String(from + at), ...fields.map((field) => String(field.at(start + from + at)))]),
    }
  }
  return {
    columns: [{ name: words.row, numeric: true }, ...Array.from({ length: columns }, (_, index) => ({ name: columns === 1 ? words.value : String(index), numeric: array.numeric }))],
    rows, complete: true, more: async () => {},
    read: async (from, to) => Array.from({ length: Math.max(Math.min(to, rows) - from, 0) }, (_, at) => [String(from + at), ...Array.from({ length: columns }, (_, column) => {
      const place = start + (from + at) * columns + column
      if (fields !== undefined) return fields.map((field) => String(field.at(place))).join(', ')
      if (channels > 1) return Array.from({ length: channels }, (_channel, channel) => String(array.at(place * channels + channel))).join(' ')
      const value = array.at(place)
      return typeof value === 'number' && /^float(?:16|32)$/.test(array.dtype) ? singleText(value) : String(value)
    })]),
  }
}

/** A picture of colours, with what one sees through where it has a fourth. */
function Picture({ array, start, width, height, channels }: { array: NumpyArray; start: number; width: number; height: number; channels: number }): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const context = canvas.current!.getContext('2d')!
    const image = context.createImageData(width, height)
    for (let pixel = 0; pixel < width * height; pixel += 1) {
      for (let channel = 0; channel < 4; channel += 1) image.data[pixel * 4 + channel] = channel < channels ? Number(array.at(start + pixel * channels + channel)) : 255
    }
    context.putImageData(image, 0, 0)
  }, [array, start, width, height, channels])
  return <figure className="heat-map"><canvas ref={canvas} width={width} height={height} role="img" aria-label={words.pictureOf(width, height)} /></figure>
}

/** Dark to light through blue, green and yellow (viridis at nine places), which also reads in grey. */
const ramp = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37]] as const

function HeatMap({ array, start, rows, columns, low, high }: { array: NumpyArray; start: number; rows: number; columns: number; low: number; high: number }): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null)
  const width = Math.min(columns, 512)
  const height = Math.min(rows, 512)
  useEffect(() => {
    const context = canvas.current!.getContext('2d')!
    const image = context.createImageData(width, height)
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const value = meanOf(array, start, columns, [Math.floor(y * rows / height), Math.floor((y + 1) * rows / height)], [Math.floor(x * columns / width), Math.floor((x + 1) * columns / width)])
        const part = high === low ? 0.5 : (value - low) / (high - low)
        const place = Number.isFinite(value) ? Math.min(Math.max(part, 0), 1) * (ramp.length - 1) : 0
        const [a, b] = [ramp[Math.floor(place)]!, ramp[Math.ceil(place)]!]
        for (let channel = 0; channel < 3; channel += 1) image.data[(y * width + x) * 4 + channel] = Number.isFinite(value) ? a[channel]! + (b[channel]! - a[channel]!) * (place % 1) : 160
        image.data[(y * width + x) * 4 + 3] = 255
      }
    }
    context.putImageData(image, 0, 0)
  }, [array, start, rows, columns, width, height, low, high])
  const grouped = width < columns || height < rows
  return (
    <figure className="heat-map">
      <canvas ref={canvas} width={width} height={height} role="img" aria-label={words.heatMapOfRowsAnd(rows, columns, metric(low), metric(high))} />
      <figcaption className="soft">{metric(low)} <span className="heat-ramp" aria-hidden="true" /> {metric(high)}{grouped && words.eachPointIsTheMean(Math.ceil(rows / height), Math.ceil(columns / width))}</figcaption>
    </figure>
  )
}

function meanOf(array: NumpyArray, start: number, columns: number, [top, bottom]: readonly [number, number], [left, right]: readonly [number, number]): number {
  let sum = 0
  for (let row = top; row < bottom; row += 1) for (let column = left; column < right; column += 1) sum += Number(array.at(start + row * columns + column))
  return sum / ((bottom - top) * (right - left))
}
