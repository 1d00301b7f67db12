import type { ReactNode } from 'react'
import type { DriftState, VersionDrift } from '@cairn/protocol'
import { words } from './words.ts'
import './drift.css'

/** Each state has a shape of its own, so that it is told without its colour. */
const shapes: Readonly<Record<DriftState, string>> = {
  none: 'M3 8h10', few: 'M3.5 8v.1M8 8v.1M12.5 8v.1', steady: 'm3 8.5 3.2 3.2L13 4.8', possible: 'M8 2.5 14 13H2Z', drifted: 'M2 12.5 6 8.5l2.5 2L14 3.5M9.5 3.5H14V8',
}

export const DriftWord = ({ state }: { state: DriftState }): ReactNode => (
  <span className="drift-state" data-state={state}><svg viewBox="0 0 16 16" aria-hidden="true"><path d={shapes[state]} /></svg>{words.states[state]}</span>
)

/** The state of a version, with the column that is farthest away. */
export function DriftMark({ drift }: { drift: VersionDrift }): ReactNode {
  const worst = drift.columns[0]
  return <span className="drift-mark"><DriftWord state={drift.state} />{drift.moved > 0 && worst !== undefined && <span className="soft"> {words.worst(worst.name, drift.moved - 1)}</span>}</span>
}

/** The worst of several. */
export const worstOf = (drifts: readonly VersionDrift[]): VersionDrift | undefined => {
  const order: readonly DriftState[] = ['drifted', 'possible', 'few', 'none', 'steady']
  return drifts.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))[0]
}
