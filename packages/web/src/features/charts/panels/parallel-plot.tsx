import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'
import type { Range, Scale } from '@cairn/charts'
import { Menu, type MenuEntry } from '../../../ui/menu.tsx'
import { FigurePlot } from './figure-plot.tsx'
import { moved, type ParallelView } from './parallel-view.ts'
import { valueText } from './view.ts'
import { words } from './words.ts'

export interface ParallelPlotProps {
  readonly view: ParallelView
  readonly raised?: number | undefined
  onPoint?(index: number | undefined): void
  /** A part of an axis is chosen, or none of it any more. */
  onBrush(axis: number, range: Range | undefined, done: boolean): void
  onPick(index: number | undefined, open: boolean): void
  /** The axes in another order; without those that were taken away. */
  onOrder(fields: readonly string[]): void
  onSwitch(role: 'log' | 'flip', field: string): void
}

/** Parallel coordinates: above each axis its name, which moves it and opens its menu; along each axis a strip to drag in. */
export function ParallelPlot({ view, raised, onPoint, onBrush, onPick, onOrder, onSwitch }: ParallelPlotProps): ReactNode {
  const frame = useRef<HTMLDivElement>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  useEffect(() => {
    const plot = frame.current!.querySelector<HTMLElement>('.plot')!
    const measure = (): void => setSize({ width: plot.clientWidth, height: plot.clientHeight })
    const observer = new ResizeObserver(measure)
    observer.observe(plot)
    measure()
    return () => observer.disconnect()
  }, [])
  const { xs, scales } = view.layout(size)
  const fields = view.columns.map(({ id }) => id)
  const room = xs.length < 2 ? size.width : xs[1]! - xs[0]!
  return (
    <div ref={frame} className="parallel">
      <div className="parallel-heads">
        {size.width > 0 && view.columns.map((column, at) => (
          <Head key={column.id} x={xs[at]!} room={room} label={column.label} last={at === view.columns.length - 1} width={size.width}
            onMove={(by) => onOrder(moved(fields, at, by))}
            onDrop={(x) => onOrder(moved(fields, at, xs.filter((other, index) => index !== at && other < x).length - at))}
            entries={[
              { label: words.moveLeft, icon: 'left', disabled: at === 0, act: () => onOrder(moved(fields, at, -1)) }, { label: words.moveRight, icon: 'right', disabled: at === fields.length - 1, act: () => onOrder(moved(fields, at, 1)) },
              ...(column.names === undefined && column.kind === 'number' ? [{ label: words.logarithmicTitle, checked: view.axes[at]!.scale === 'log', act: () => onSwitch('log', column.id) }] : []),
              { label: words.upsideDown, checked: view.axes[at]!.flip, act: () => onSwitch('flip', column.id) },
              ...(view.brushes[at] === undefined ? [] : [{ label: words.allValues, act: () => onBrush(at, undefined, true) }]),
              { label: words.takeAway, icon: 'trash', disabled: fields.length === 1, act: () => onOrder(fields.filter((id) => id !== column.id)) },
            ]} />
        ))}
      </div>
      <FigurePlot view={view} raised={raised} {...(onPoint !== undefined && { onPoint })} onBrush={() => {}} onPick={onPick}>
        {size.width > 0 && view.columns.map((column, at) => {
          const { names } = view.axes[at]!
          const brush = view.brushes[at]
          const text = (value: number): string => (names === undefined ? valueText(column, value) : names[Math.max(0, Math.min(names.length - 1, Math.round(value)))] ?? '')
          return (
            <Strip key={column.id} x={xs[at]!} scale={scales[at]!} names={names} brush={brush}
              label={`${column.label}, ${brush === undefined ? words.allValuesLower : names === undefined ? words.toTextText(text(brush[0]), text(brush[1])) : words.toTextText(text(brush[0] + 0.5), text(brush[1] - 0.5))}`} onBrush={(range, done) => onBrush(at, range, done)} />
          )
        })}
      </FigurePlot>
    </div>
  )
}

interface HeadProps {
  readonly x: number
  readonly room: number
  readonly width: number
  readonly label: string
  readonly last: boolean
  readonly entries: readonly MenuEntry[]
  onMove(by: number): void
  onDrop(x: number): void
}

function Head({ x, room, width, label, last, entries, onMove, onDrop }: HeadProps): ReactNode {
  const [dragged, setDragged] = useState<number>()
  const latest = useRef(onDrop)
  latest.current = onDrop
  const wide = Math.min(Math.max(room - 8, 44), 150)
  const left = Math.max(0, Math.min(width - wide, x - wide / 2))
  const down = (event: PointerEvent<HTMLElement>): void => {
    if (event.button !== 0) return
    const from = event.clientX
    let by = 0
    // Heard wherever the pointer goes: captured by this element, it would not press the button in it.
    const ended = new AbortController()
    const move = (moved: globalThis.PointerEvent): void => {
      if (by === 0 && Math.abs(moved.clientX - from) < 5) return
      by = moved.clientX - from
      setDragged(by)
    }
    const up = (): void => {
      ended.abort()
      if (by !== 0) latest.current(x + by)
      setTimeout(() => setDragged(undefined))
    }
    addEventListener('pointermove', move, { signal: ended.signal })
    addEventListener('pointerup', up, { signal: ended.signal })
    addEventListener('pointercancel', () => { by = 0; up() }, { signal: ended.signal })
  }
  const key = (event: KeyboardEvent): void => {
    if (!event.shiftKey || (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight')) return
    event.preventDefault()
    event.stopPropagation()
    onMove(event.key === 'ArrowLeft' ? -1 : 1)
  }
  return (
    <span className="parallel-head" data-last={last ? '' : undefined} style={{ left, width: wide, ...(dragged !== undefined && { transform: `translateX(${dragged}px)`, zIndex: 3 }) }}
      onPointerDown={down} onKeyDownCapture={key}
      onClickCapture={(event) => { if (dragged !== undefined) { event.preventDefault(); event.stopPropagation() } }}>
      <Menu label={words.axis(label)} entries={entries} button={<button type="button" title={words.dragOrShiftWithMoves(label)}>{label}</button>} />
    </span>
  )
}

interface StripProps {
  readonly x: number
  readonly scale: Scale
  readonly names: readonly string[] | undefined
  readonly brush: Range | undefined
  readonly label: string
  onBrush(range: Range | undefined, done: boolean): void
}

const halfWidth = 15
const keySteps = 20

/** Drag to choose a part; with the keyboard up and down move it, with Shift its upper end, with Alt its lower end. */
function Strip({ x, scale, names, brush, label, onBrush }: StripProps): ReactNode {
  const from = useRef<number>(undefined)
  const last = useRef<Range>(undefined)
  const [low, high] = [Math.min(...scale.range), Math.max(...scale.range)]
  const pixel = (event: PointerEvent<HTMLElement>): number => Math.max(low, Math.min(high, event.clientY - event.currentTarget.getBoundingClientRect().top + low))
  const rangeOf = (a: number, b: number): Range => {
    const [bottom, top] = [scale.invert(a), scale.invert(b)].sort((one, other) => one - other) as [number, number]
    return names === undefined ? [bottom, top] : [Math.max(0, Math.min(names.length - 1, Math.round(bottom))) - 0.5, Math.max(0, Math.min(names.length - 1, Math.round(top))) + 0.5]
  }
  const down = (event: PointerEvent<HTMLElement>): void => {
    if (event.button !== 0) return
    from.current = pixel(event)
    last.current = undefined
    event.currentTarget.setPointerCapture(event.pointerId)
  }
  const move = (event: PointerEvent<HTMLElement>): void => {
    const start = from.current
    if (start === undefined || (last.current === undefined && Math.abs(pixel(event) - start) < 4)) return
    onBrush(last.current = rangeOf(start, pixel(event)), false)
  }
  const up = (): void => {
    if (from.current === undefined) return
    from.current = undefined
    // A press without a drag lets go.
    onBrush(last.current, true)
  }
  const key = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0
    if (event.key === 'Escape' || event.key === 'Delete') return onBrush(undefined, true)
    if (by === 0) return
    event.preventDefault()
    const step = names === undefined ? (high - low) / keySteps : (high - low) / names.length
    const edges = brush === undefined ? [low, high] as const : [scale.at(brush[0]), scale.at(brush[1])].sort((a, b) => a - b) as [number, number]
    // The upper half, or the first word, where nothing is chosen yet.
    if (brush === undefined && !event.shiftKey && !event.altKey) return onBrush(rangeOf(low + 1, names === undefined ? (low + high) / 2 : low + step / 2), true)
    const [top, bottom] = [edges[0] + (event.altKey ? 0 : by * step), edges[1] + (event.shiftKey ? 0 : by * step)]
    if (bottom - top < step * 0.4 || top > high || bottom < low) return
    const inset = names === undefined ? 0 : step * 0.3
    onBrush(rangeOf(Math.max(low, top + inset), Math.min(high, bottom - inset)), true)
  }
  return (
    <div className="parallel-strip" role="slider" aria-orientation="vertical" aria-label={label} aria-valuetext={label} aria-valuenow={brush === undefined ? 0 : Math.round((scale.at(brush[0]) - low) / (high - low) * 100)} aria-valuemin={0} aria-valuemax={100} tabIndex={0}
      style={{ left: x - halfWidth, width: 2 * halfWidth, top: low, height: high - low }} onPointerDown={down} onPointerMove={move} onPointerUp={up} onPointerCancel={() => { from.current = undefined }} onKeyDown={key} />
  )
}
