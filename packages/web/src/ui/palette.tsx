import type { Look } from '@cairn/charts'
import type { ReactNode } from 'react'

/** How a run is drawn, as a piece of its line. */
export function Swatch({ look: { color, dash } }: { look: Look }): ReactNode {
  return <svg className="swatch" viewBox="0 0 22 8" aria-hidden="true"><line x1="1" y1="4" x2="21" y2="4" style={{ stroke: `var(${color})` }} {...(dash.length > 0 && { strokeDasharray: dash.join(' ') })} /></svg>
}
