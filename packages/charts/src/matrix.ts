import { bySize, type Figure, type Hit } from './figure.ts'
import type { Size } from './frame.ts'
import { fitText, font, textWidth, type Pen, type Theme } from './pen.ts'
import { rampColor, rampText } from './ramp.ts'

export interface MatrixSpec {
  readonly rows: readonly string[]
  readonly columns: readonly string[]
  readonly rowLabel: string
  readonly columnLabel: string
  /** By row, then column; NaN for a cell that has none. */
  readonly values: readonly (readonly number[])[]
  /** What stands in a cell. */
  text(row: number, column: number): string
  /** 0 to 1, the depth of its colour. */
  part(row: number, column: number): number
}

/** A table whose cells are coloured by their numbers, such as a confusion matrix. */
export function matrixFigure({ rows, columns, rowLabel, columnLabel, values, text, part }: MatrixSpec): Figure {
  const layout = bySize(({ width, height }: Size) => {
    const left = Math.min(width / 3, Math.max(24, ...rows.map((name) => textWidth(name) + 10)) + 18)
    const bottom = 38
    const cellWidth = Math.max(2, (width - left - 6) / Math.max(1, columns.length))
    const cellHeight = Math.max(2, (height - bottom - 6) / Math.max(1, rows.length))
    return { left, top: 6, bottom: height - bottom, cellWidth, cellHeight, width, height }
  })
  const places = (size: Size): Hit[] => {
    const { left, top, cellWidth, cellHeight } = layout(size)
    return rows.flatMap((_, row) => columns.map((_, column) => ({ index: row * columns.length + column, x: left + (column + 0.5) * cellWidth, y: top + (row + 0.5) * cellHeight })))
  }
  return {
    draw(pen: Pen, size: Size, theme: Theme) {
      const { left, top, cellWidth, cellHeight, bottom } = layout(size)
      pen.save()
      pen.textBaseline = 'middle'
      pen.font = font(12)
      for (const [row] of rows.entries()) {
        for (const [column] of columns.entries()) {
          const depth = part(row, column)
          const missing = Number.isNaN(values[row]![column]!)
          pen.fillStyle = missing ? theme.color('--line') : rampColor(depth)
          pen.beginPath()
          pen.rect(left + column * cellWidth, top + row * cellHeight, Math.max(1, cellWidth - 1), Math.max(1, cellHeight - 1))
          pen.fill()
          const word = text(row, column)
          if (textWidth(word, 12) > cellWidth - 4 || cellHeight < 16) continue
          pen.fillStyle = missing ? theme.color('--text') : rampText(depth)
          pen.textAlign = 'center'
          pen.fillText(word, left + (column + 0.5) * cellWidth, top + (row + 0.5) * cellHeight)
        }
      }
      pen.font = font(11)
      pen.fillStyle = theme.color('--text-soft')
      pen.textAlign = 'right'
      const everyRow = Math.max(1, Math.ceil(14 / cellHeight))
      for (const [row, name] of rows.entries()) if (row % everyRow === 0) pen.fillText(fitText(name, left - 26), left - 6, top + (row + 0.5) * cellHeight)
      pen.textAlign = 'center'
      const everyColumn = Math.max(1, Math.ceil(34 / cellWidth))
      for (const [column, name] of columns.entries()) if (column % everyColumn === 0) pen.fillText(fitText(name, cellWidth * everyColumn - 4), left + (column + 0.5) * cellWidth, bottom + 12)
      pen.fillText(columnLabel, left + columns.length * cellWidth / 2, bottom + 29)
      pen.translate(8, (top + bottom) / 2)
      pen.rotate(-Math.PI / 2)
      pen.fillText(rowLabel, 0, 0)
      pen.restore()
    },
    hit(x, y, size) {
      const { left, top, cellWidth, cellHeight } = layout(size)
      const [column, row] = [Math.floor((x - left) / cellWidth), Math.floor((y - top) / cellHeight)]
      return row < 0 || column < 0 || row >= rows.length || column >= columns.length ? undefined : places(size)[row * columns.length + column]
    },
    stops: places,
    lift(pen, size, theme, hit) {
      const { cellWidth, cellHeight } = layout(size)
      pen.strokeStyle = theme.color('--text')
      pen.lineWidth = 2
      pen.beginPath()
      pen.rect(hit.x - cellWidth / 2, hit.y - cellHeight / 2, cellWidth - 1, cellHeight - 1)
      pen.stroke()
    },
  }
}
