import type { Size } from './frame.ts'
import type { Look } from './line-figure.ts'
import { fitText, font, textWidth, type Pen, type Theme } from './pen.ts'

/** A chart by itself, with its name and who is who, for a file. */
export interface Picture {
  readonly title: string
  readonly size: Size
  readonly legend: readonly { readonly name: string; readonly look: Look }[]
  body(pen: Pen, size: Size, theme: Theme): void
}

const margin = 16
const titleHeight = 28
const rowHeight = 18
const mostEntries = 40

export function drawPicture(pen: Pen, picture: Picture, theme: Theme): void {
  const { size: { width, height }, title } = picture
  pen.save()
  pen.fillStyle = theme.color('--bg')
  pen.beginPath()
  pen.rect(0, 0, width, height)
  pen.fill()
  pen.font = font(14, 600)
  pen.fillStyle = theme.color('--text')
  pen.textBaseline = 'middle'
  pen.fillText(fitText(title, width - 2 * margin, 14), margin, margin + 6)
  const rows = rowsOf(picture)
  const top = margin + titleHeight - 8
  const bottom = margin + rows.length * rowHeight
  pen.save()
  pen.translate(margin, top)
  picture.body(pen, { width: width - 2 * margin, height: height - top - bottom }, theme)
  pen.restore()
  pen.font = font(11)
  for (const [row, entries] of rows.entries()) {
    let left = margin
    const y = height - bottom + 10 + row * rowHeight
    for (const { name, look } of entries) {
      pen.strokeStyle = theme.color(look.color)
      pen.lineWidth = 2.5
      pen.setLineDash([...look.dash])
      pen.beginPath()
      pen.moveTo(left, y)
      pen.lineTo(left + 20, y)
      pen.stroke()
      pen.setLineDash([])
      pen.fillStyle = theme.color('--text')
      pen.fillText(name, left + 26, y)
      left += entryWidth(name)
    }
  }
  pen.restore()
}

const entryWidth = (name: string): number => textWidth(name) + 44

function rowsOf({ legend, size }: Picture): { name: string; look: Look }[][] {
  const shown = legend.slice(0, mostEntries).map(({ name, look }) => ({ name: fitText(name, 200), look }))
  if (legend.length > mostEntries) shown.push({ name: `and ${legend.length - mostEntries} more`, look: { color: '--bg', dash: [] } })
  const rows: { name: string; look: Look }[][] = []
  let left = Infinity
  for (const entry of shown) {
    if (left + entryWidth(entry.name) > size.width - margin) {
      rows.push([])
      left = margin
    }
    rows.at(-1)!.push(entry)
    left += entryWidth(entry.name)
  }
  return rows
}
