import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'
import type { Layout } from '../decode/layered-layout.ts'
import { words } from '../words.ts'

export interface GraphNode {
  readonly id: string
  readonly title: string
  readonly note?: string
  readonly kind: 'node' | 'end' | 'here'
  /** Makes the box a link. */
  readonly href?: string
}

export interface GraphViewProps {
  readonly layout: Layout
  readonly nodes: readonly GraphNode[]
  readonly label: string
  readonly chosen?: string | undefined
  onChoose?(id: string): void
}

interface View { readonly x: number; readonly y: number; readonly scale: number }

/** A graph that is dragged and zoomed, by mouse, touch or keys; boxes outside the window are not drawn. */
export function GraphView({ layout, nodes, label, chosen, onChoose }: GraphViewProps): ReactNode {
  const frame = useRef<HTMLDivElement>(null)
  const [size, setSize] = useState({ width: 800, height: 400 })
  const [moved, setMoved] = useState<View>()
  const drag = useRef<{ x: number; y: number; view: View }>(undefined)
  const fit = Math.min(1, (size.width - 32) / Math.max(layout.width, 1))
  const start: View = { scale: Math.max(fit, 0.25), x: Math.max((size.width - layout.width * Math.max(fit, 0.25)) / 2, 16), y: 16 }
  const view = moved ?? start
  useEffect(() => {
    const element = frame.current!
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }))
    observer.observe(element)
    // Not passive: Ctrl and the wheel zoom the graph, not the page.
    const wheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      zoomAt.current(event.deltaY < 0 ? 1.2 : 1 / 1.2, event.offsetX, event.offsetY)
    }
    element.addEventListener('wheel', wheel, { passive: false })
    return () => {
      observer.disconnect()
      element.removeEventListener('wheel', wheel)
    }
  }, [])
  const zoomAt = useRef<(by: number, x: number, y: number) => void>(() => {})
  zoomAt.current = (by, x, y) => {
    const scale = Math.min(Math.max(view.scale * by, 0.02), 3)
    setMoved({ scale, x: x - (x - view.x) * scale / view.scale, y: y - (y - view.y) * scale / view.scale })
  }
  const zoom = (by: number): void => zoomAt.current(by, size.width / 2, size.height / 2)
  const down = (event: PointerEvent): void => {
    if ((event.target as Element).closest('a, button, [data-choose]') !== null) return
    drag.current = { x: event.clientX, y: event.clientY, view }
    event.currentTarget.setPointerCapture(event.pointerId)
  }
  const move = (event: PointerEvent): void => {
    if (drag.current !== undefined) setMoved({ ...drag.current.view, x: drag.current.view.x + event.clientX - drag.current.x, y: drag.current.view.y + event.clientY - drag.current.y })
  }
  const key = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return
    const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key]
    if (step !== undefined) setMoved({ ...view, x: view.x + step[0]!, y: view.y + step[1]! })
    else if (event.key === '+' || event.key === '=') zoom(1.25)
    else if (event.key === '-') zoom(0.8)
    else if (event.key === '0') setMoved(undefined)
    else return
    event.preventDefault()
  }
  const visible = (x: number, y: number, width: number, height: number): boolean => {
    const [left, top] = [x * view.scale + view.x, y * view.scale + view.y]
    return left + width * view.scale > -200 && left < size.width + 200 && top + height * view.scale > -200 && top < size.height + 200
  }
  return (
    <div className="graph">
      <div className="viewer-bar">
        <button type="button" className="button" aria-label={words.zoomOut} onClick={() => zoom(0.8)}>−</button>
        <button type="button" className="button" onClick={() => setMoved(undefined)}>{words.fit}</button>
        <button type="button" className="button" aria-label={words.zoomIn} onClick={() => zoom(1.25)}>+</button>
        <span className="soft">{words.dragToMoveArrowsAnd}</span>
      </div>
      <div ref={frame} className="graph-frame" tabIndex={0} role="group" aria-label={label} onPointerDown={down} onPointerMove={move} onPointerUp={() => { drag.current = undefined }} onPointerCancel={() => { drag.current = undefined }} onKeyDown={key}>
        <svg width={size.width} height={size.height}>
          <g transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>
            {layout.edges.map((points, index) => {
              if (points.length < 2) return null
              const xs = points.map(([x]) => x)
              const ys = points.map(([, y]) => y)
              if (!visible(Math.min(...xs), Math.min(...ys), Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys))) return null
              return <path key={index} className="graph-edge" d={smooth(points)} />
            })}
            {nodes.map((node) => {
              const place = layout.nodes.get(node.id)
              if (place === undefined || !visible(place.x - place.width / 2, place.y - place.height / 2, place.width, place.height)) return null
              const box = (
                <>
                  <rect className="graph-box" x={-place.width / 2} y={-place.height / 2} width={place.width} height={place.height} rx={node.kind === 'end' ? place.height / 2 : 6} />
                  <text className="graph-title" textAnchor="middle" y={node.note ? -3 : 4}>{node.title}</text>
                  {node.note && <text className="graph-note" textAnchor="middle" y={13}>{node.note}</text>}
                </>
              )
              const common = { className: 'graph-node', 'data-kind': node.kind, 'data-on': chosen === node.id, transform: `translate(${place.x} ${place.y})` }
              if (node.href !== undefined) return <a key={node.id} {...common} href={node.href}>{box}</a>
              if (onChoose === undefined || node.kind === 'end') return <g key={node.id} {...common}>{box}</g>
              return <g key={node.id} {...common} data-choose="" role="button" tabIndex={0} aria-label={`${node.title} ${node.note ?? ''}`} onClick={() => onChoose(node.id)} onKeyDown={(event) => { if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); onChoose(node.id) } }}>{box}</g>
            })}
          </g>
        </svg>
      </div>
    </div>
  )
}

/** A line through its corners that leaves and arrives along the direction of the layers. */
function smooth(points: Layout['edges'][number]): string {
  const sideways = Math.abs(points.at(-1)![0] - points[0]![0]) > Math.abs(points.at(-1)![1] - points[0]![1]) * 3
  return points.map(([x, y], index) => {
    if (index === 0) return `M${x} ${y}`
    const [fromX, fromY] = points[index - 1]!
    return sideways ? `C${(fromX + x) / 2} ${fromY} ${(fromX + x) / 2} ${y} ${x} ${y}` : `C${fromX} ${(fromY + y) / 2} ${x} ${(fromY + y) / 2} ${x} ${y}`
  }).join('')
}
