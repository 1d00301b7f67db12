import { useEffect, useLayoutEffect, useRef, type ReactNode, type RefObject } from 'react'
import type { Hover, LineChart, LinesFigure } from '@cairn/charts'
import { count, metric } from '../../ui/format.ts'
import { usePointed } from '../runs/pointed.ts'
import { Swatch } from '../../ui/palette.tsx'
import { words } from './words.ts'

/** As in `charts.css`. */
const phone = 640
/** Rows of the list at the cursor: those nearest to the pointer. */
const most = 8

export interface TipProps {
  readonly hover: Hover
  readonly figure: LinesFigure
  readonly place: string
  readonly chart: LineChart | undefined
}

/** On which side of the chart there is room beside the cursor. */
function sideOf({ left }: Hover, chart: LineChart | undefined): 'left' | 'right' {
  const layout = chart?.layout
  return layout !== undefined && left > (layout.left + layout.width) / 2 ? 'left' : 'right'
}

/** What the lines are at the cursor of another chart that moves with this one: from the least to the greatest. React knows nothing of it. */
export function showFar(frame: HTMLElement | null | undefined, hover: Hover | undefined, chart: LineChart | undefined): void {
  const text = hover === undefined || hover.here ? undefined : spanOf(hover)
  let tip = frame?.querySelector<HTMLElement>(':scope > [data-far]')
  if (text === undefined || frame == null) return tip?.remove()
  if (tip == null) {
    tip = document.createElement('div')
    tip.className = 'tip'
    tip.dataset['far'] = ''
    tip.setAttribute('aria-hidden', 'true')
    frame.append(tip)
  }
  if (tip.textContent !== text) tip.textContent = text
  const side = sideOf(hover!, chart)
  if (tip.dataset['side'] !== side) tip.dataset['side'] = side
}

/** Says where a tip has room on a phone, where it stands beside its chart: below, or above at the lower edge of the window. */
export function useTipPlace(): RefObject<HTMLDivElement | null> {
  const element = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const tip = element.current
    // Elsewhere it stands in its chart, and to measure would have the browser lay out the page in the middle of every move.
    if (tip !== null && innerWidth <= phone) tip.toggleAttribute('data-above', tip.parentElement!.getBoundingClientRect().bottom + tip.offsetHeight > innerHeight)
  })
  return element
}

/** What the lines are at the cursor of their own chart. */
export function Tip({ hover, figure, place, chart }: TipProps): ReactNode {
  const element = useTipPlace()
  const rows = hover.readings.flatMap(({ point, mark }, at) => {
    const line = figure.lines[at]
    return line === undefined || (point === undefined && mark === undefined) ? [] : [{ line, value: point?.value ?? NaN, mark }]
    // What has no value comes last.
  }).sort((a, b) => Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value)) || b.value - a.value)
  if (rows.length === 0) return undefined
  const near = nearest(rows, hover, chart)
  const shown = rows.length <= most ? rows : rows.slice(near.from, near.from + most)
  return (
    <div ref={element} className="tip" data-side={sideOf(hover, chart)} aria-hidden="true">
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
