import type { ReactNode } from 'react'
import { addShape, SvgPen, type Ink } from '@cairn/charts'
import type { Legend as LegendData } from './view.ts'

/** What the colours of a figure mean. */
export function Legend({ legend }: { legend: LegendData }): ReactNode {
  if (legend.kind === 'none') return undefined
  if (legend.kind === 'ramp') {
    return <div className="figure-legend"><span className="soft">{legend.label}</span><span>{legend.low}</span><span className="ramp" aria-hidden="true" style={{ background: `linear-gradient(to right, ${legend.colors.join(', ')})` }} /><span>{legend.high}</span></div>
  }
  return (
    <ul className="figure-legend" aria-label={legend.label}>
      {legend.items.map(({ name, ink }) => <li key={name}><Mark ink={ink} /><span>{name}</span></li>)}
    </ul>
  )
}

function Mark({ ink: { color, shape = 'circle' } }: { ink: Ink }): ReactNode {
  return <svg viewBox="0 0 12 12" aria-hidden="true"><path d={outline(shape)} style={{ fill: color.startsWith('--') ? `var(${color})` : color }} /></svg>
}

function outline(shape: NonNullable<Ink['shape']>): string {
  const pen = new SvgPen(12, 12)
  pen.beginPath()
  addShape(pen, shape, 6, 6, 4)
  pen.fill()
  return / d="([^"]*)"/.exec(String(pen))?.[1] ?? ''
}
