import type { Look } from '@cairn/charts'
import type { ReactNode } from 'react'

/** How a run is drawn, as a piece of its line. */
export function Swatch({ look: { color, dash } }: { look: Look }): ReactNode {
  return <svg className="swatch" viewBox="0 0 22 8" aria-hidden="true"><line x1="1" y1="4" x2="21" y2="4" style={{ stroke: `var(${color})` }} {...(dash.length > 0 && { strokeDasharray: dash.join(' ') })} /></svg>
}

/** The same past React, of another look whenever it is told so. */
export function makeSwatch(): { readonly element: SVGElement; show(look: Look): void } {
  const make = (name: string, attributes: Readonly<Record<string, string>>): SVGElement => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name)
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
    return made
  }
  const element = make('svg', { 'class': 'swatch', 'viewBox': '0 0 22 8', 'aria-hidden': 'true' })
  const line = make('line', { x1: '1', y1: '4', x2: '21', y2: '4' })
  element.append(line)
  return {
    element,
    show({ color, dash }) {
      line.style.stroke = `var(${color})`
      if (dash.length > 0) line.setAttribute('stroke-dasharray', dash.join(' '))
      else line.removeAttribute('stroke-dasharray')
    },
  }
}
