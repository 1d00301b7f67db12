import type { ReactNode } from 'react'

/** Colours by custom property, after Okabe and Ito: told apart by colour-blind people too. */
const colors = 8
/** When the colours are used up, the lines change their pattern. */
const dashes: readonly (readonly number[] | undefined)[] = [undefined, [7, 4], [2, 3], [9, 3, 2, 3]]

export interface Look {
  /** Name of a custom property. */
  readonly color: string
  /** Lengths of dash and gap in pixels; undefined for a line that goes through. */
  readonly dash: readonly number[] | undefined
}

/** All that can be told apart. */
export const looks: readonly Look[] = Array.from({ length: colors * dashes.length }, (_, index) => ({ color: `--series-${index % colors}`, dash: dashes[Math.floor(index / colors)] }))

/** How the `index`th run is drawn. */
export const lookOf = (index: number): Look => looks[index % looks.length]!

/** How a run is drawn, as a piece of its line. */
export function Swatch({ look: { color, dash } }: { look: Look }): ReactNode {
  return <svg className="swatch" viewBox="0 0 22 8" aria-hidden="true"><line x1="1" y1="4" x2="21" y2="4" style={{ stroke: `var(${color})` }} {...(dash !== undefined && { strokeDasharray: dash.join(' ') })} /></svg>
}
