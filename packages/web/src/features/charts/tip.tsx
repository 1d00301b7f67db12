import { useEffect, type ReactNode } from 'react'
import type { Hover, LineChart, LinesFigure } from '@cairn/charts'
import { count, metric } from '../../ui/format.ts'
import { usePointed } from '../runs/pointed.ts'
import { Swatch } from '../../ui/palette.tsx'
import { words } from './words.ts'

/** Rows of the list at the cursor: those nearest to the pointer. */
const most = 8

export interface TipProps {
  readonly hover: Hover
  readonly figure: LinesFigure
  readonly place: string
  readonly chart: LineChart | undefined
  readonly width: number
}

/** What the lines are at the cursor: in its own chart a list, in the others that move with it a line. */
export function Tip({ hover, figure, place, chart, width }: TipProps): ReactNode {
  const side = hover.left > width / 2 ? 'left' : 'right'
  if (!hover.here) {
    const text = spanOf(hover)
    return text === undefined ? undefined : <div className="tip" data-side={side} data-far="" aria-hidden="true">{text}</div>
  }
  const rows = hover.readings.flatMap(({ point, mark }, at) => {
    const line = figure.lines[at]
    return line === undefined || (point === undefined && mark === undefined) ? [] : [{ line, value: point?.value ?? NaN, mark }]
  }).sort((a, b) => b.value - a.value)
  if (rows.length === 0) return undefined
  const near = nearest(rows, hover, chart)
  const shown = rows.length <= most ? rows : rows.slice(near.from, near.from + most)
  return (
    <div className="tip" data-side={side} aria-hidden="true">
      <Pointing id={near.line?.id} />
      <div className="soft">{place}</div>
      {shown.map(({ line, value, mark }) => (
        <div key={line.id} className="tip-row" {...(line === near.line && { 'data-near': '' })}><Swatch look={line.look} /><span>{line.name}</span><b>{mark?.value ?? metric(value)}</b></div>
      ))}
      {rows.length > most && <div className="soft">{words.aboveOrBelow(count(rows.length - most, 'line'))}</div>}
    </div>
  )
}

/** From the least to the greatest of the values at the cursor; undefined where there are none. */
function spanOf({ readings }: Hover): string | undefined {
  let [least, most] = [Infinity, -Infinity]
  let mark: string | undefined
  for (const reading of readings) {
    mark ??= reading.mark?.value
    const value = reading.point?.value
    if (value === undefined) continue
    if (value < least) least = value
    if (value > most) most = value
  }
  return least > most ? mark : least === most ? metric(least) : words.toAtValues(metric(least), metric(most))
}

/** Says to the rest of the page which line the pointer is at. */
function Pointing({ id }: { id: string | undefined }): undefined {
  const pointed = usePointed()
  useEffect(() => {
    pointed.set(id)
    return () => pointed.set(undefined)
  }, [pointed, id])
}

/** The row under the pointer, and where a list of some rows around it begins. */
function nearest(rows: readonly { line: LinesFigure['lines'][number]; value: number }[], { top }: Hover, chart: LineChart | undefined): { line: LinesFigure['lines'][number] | undefined; from: number } {
  if (top === undefined || chart === undefined) return { line: undefined, from: 0 }
  const { y } = chart.layout
  let at = -1
  let least = Infinity
  for (const [index, { value }] of rows.entries()) {
    const distance = Math.abs(y.at(value) - top)
    if (distance < least) [at, least] = [index, distance]
  }
  return { line: least < 24 ? rows[at]?.line : undefined, from: Math.max(0, Math.min(rows.length - most, at - most / 2)) }
}
