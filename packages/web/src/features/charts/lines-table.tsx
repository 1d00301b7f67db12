import type { ReactNode } from 'react'
import { axisText, type LinesFigure } from '@cairn/charts'
import { grouped, metric } from '../../ui/format.ts'
import { axisKind, axisName, type Axis } from './charts-state.ts'
import { words } from './words.ts'

/** The chart as a table: of each line where it begins and ends, and its extremes. Its points are in the CSV. */
export function LinesTable({ name, figure, axis }: { name: string; figure: LinesFigure; axis: Axis }): ReactNode {
  const kind = axisKind(axis)
  return (
    <div className="panel-table scroll" tabIndex={0} role="region" aria-label={words.asATable(name)}>
      <table className="named">
        <thead><tr><th scope="col">{words.line}</th>{words.ofLines.map((head) => <th key={head} scope="col" className="number">{head}</th>)}</tr></thead>
        <tbody>
          {figure.lines.filter(({ line }) => line.count > 0).map(({ id, name: label, line }) => {
            let low = 0
            let high = 0
            for (const [at, value] of line.y.entries()) {
              if (value < line.y[low]!) low = at
              if (value > line.y[high]!) high = at
            }
            const cell = (at: number): ReactNode => <td className="number">{line.x[at] === undefined ? '–' : <>{metric(line.y[at]!)} <span className="soft" title={axisName(axis)}>@ {axisText(kind, line.x[at])}</span></>}</td>
            return <tr key={id}><th scope="row">{label}</th><td className="number">{grouped(line.count)}</td>{cell(0)}{cell(line.x.length - 1)}{cell(low)}{cell(high)}</tr>
          })}
        </tbody>
      </table>
    </div>
  )
}
