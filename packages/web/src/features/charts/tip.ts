import { useEffect, useLayoutEffect, useRef, type RefObject } from 'react'
import type { Hover, LineChart, LinesFigure } from '@cairn/charts'
import { count, metric } from '../../ui/format.ts'
import { usePointed } from '../runs/pointed.ts'
import { makeSwatch } from '../../ui/palette.tsx'
import { words } from './words.ts'

/** As in `charts.css`. */
const phone = 640
/** Rows of the list at the cursor: those nearest to the pointer. */
const most = 8

type DrawnLine = LinesFigure['lines'][number]

export interface TipAbout {
  readonly figure: LinesFigure
  /** Where the cursor stands, in words; asked for only where they are shown. */
  place(hover: Hover): string
  readonly chart: LineChart | undefined
}

/** On which side of the chart there is room beside the cursor. */
function sideOf({ left }: Hover, chart: LineChart | undefined): 'left' | 'right' {
  const layout = chart?.layout
  return layout !== undefined && left > (layout.left + layout.width) / 2 ? 'left' : 'right'
}

/**
 * Says beside a chart of lines what they are at its cursor, and to the rest of the page which line the pointer is at.
 * Past React: it changes with every move of the pointer, in every chart, and rendered it was a sixth of what a move
 * over twelve charts costs.
 */
export function useLinesTip(element: RefObject<HTMLElement | null>): (hover: Hover | undefined, about: TipAbout) => void {
  const pointed = usePointed()
  const tip = useRef<LinesTip>(undefined)
  useEffect(() => () => {
    tip.current?.show(undefined)
    tip.current = undefined
  }, [pointed])
  return (hover, about) => {
    const frame = element.current?.parentElement
    if (frame == null) return
    tip.current ??= new LinesTip(frame, (id) => pointed.set(id))
    tip.current.show(hover, about)
  }
}

class LinesTip {
  readonly #frame: HTMLElement
  readonly #point: (id: string | undefined) => void
  #pointed: string | undefined
  #far: HTMLElement | undefined
  #near: NearTip | undefined

  constructor(frame: HTMLElement, point: (id: string | undefined) => void) {
    this.#frame = frame
    this.#point = point
  }

  show(hover: undefined): void
  show(hover: Hover | undefined, about: TipAbout): void
  show(hover: Hover | undefined, about?: TipAbout): void {
    const list = hover?.here === true ? listOf(hover, about!) : undefined
    if (list === undefined) {
      this.#near?.element.remove()
      this.#near = undefined
    } else {
      this.#near ??= new NearTip(this.#frame)
      this.#near.show(list, about!.place(hover!), sideOf(hover!, about!.chart))
    }
    this.#showFar(hover === undefined || hover.here ? undefined : spanOf(hover), () => sideOf(hover!, about!.chart))
    const id = list?.near?.id
    if (id !== this.#pointed) this.#point(this.#pointed = id)
  }

  /** What the lines are at the cursor of another chart that moves with this one: from the least to the greatest. */
  #showFar(text: string | undefined, side: () => 'left' | 'right'): void {
    if (text === undefined) {
      this.#far?.remove()
      this.#far = undefined
      return
    }
    if (this.#far === undefined) {
      this.#far = tipIn(this.#frame)
      this.#far.dataset['far'] = ''
    }
    sayIn(this.#far, text)
    setSide(this.#far, side())
  }
}

/** What the lines are at the cursor of their own chart. Its rows stay, and say something else. */
class NearTip {
  readonly element: HTMLElement
  readonly #place = soft()
  readonly #rest = soft()
  readonly #rows: TipRow[] = []

  constructor(frame: HTMLElement) {
    this.element = tipIn(frame)
    this.element.append(this.#place)
  }

  show({ rows, near, more }: TipList, place: string, side: 'left' | 'right'): void {
    setSide(this.element, side)
    sayIn(this.#place, place)
    while (this.#rows.length > rows.length) this.#rows.pop()!.element.remove()
    while (this.#rows.length < rows.length) {
      const row = new TipRow()
      ;(this.#rows.at(-1)?.element ?? this.#place).after(row.element)
      this.#rows.push(row)
    }
    for (const [at, row] of rows.entries()) this.#rows[at]!.show(row, row.line === near)
    if (more === 0) this.#rest.remove()
    else {
      sayIn(this.#rest, words.aboveOrBelow(count(more, 'line')))
      if (this.#rest.parentElement === null) this.element.append(this.#rest)
    }
    putOnPhone(this.element)
  }
}

class TipRow {
  readonly element = document.createElement('div')
  readonly #swatch = makeSwatch()
  readonly #name = document.createElement('span')
  readonly #value = document.createElement('b')
  #look: DrawnLine['look'] | undefined

  constructor() {
    this.element.className = 'tip-row'
    this.element.append(this.#swatch.element, this.#name, this.#value)
  }

  show({ line: { name, look }, value, mark }: Row, near: boolean): void {
    if (look !== this.#look) this.#swatch.show(this.#look = look)
    sayIn(this.#name, name)
    sayIn(this.#value, mark ?? metric(value))
    this.element.toggleAttribute('data-near', near)
  }
}

function tipIn(frame: HTMLElement): HTMLElement {
  const tip = document.createElement('div')
  tip.className = 'tip'
  tip.setAttribute('aria-hidden', 'true')
  frame.append(tip)
  return tip
}

function soft(): HTMLElement {
  const element = document.createElement('div')
  element.className = 'soft'
  return element
}

/** Leaves the text where it is: another one would be another box to lay out. */
function sayIn(element: HTMLElement, text: string): void {
  const known = element.firstChild as Text | null
  if (known === null) element.append(text)
  else if (known.data !== text) known.data = text
}

function setSide(tip: HTMLElement, side: 'left' | 'right'): void {
  if (tip.dataset['side'] !== side) tip.dataset['side'] = side
}

/** Where a tip has room on a phone, where it stands beside its chart: below, or above at the lower edge of the window. */
function putOnPhone(tip: HTMLElement): void {
  // Elsewhere it stands in its chart, and to measure would have the browser lay out the page in the middle of every move.
  if (innerWidth <= phone) tip.toggleAttribute('data-above', tip.parentElement!.getBoundingClientRect().bottom + tip.offsetHeight > innerHeight)
}

export function useTipPlace(): RefObject<HTMLDivElement | null> {
  const element = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    if (element.current !== null) putOnPhone(element.current)
  })
  return element
}

interface Row {
  readonly line: DrawnLine
  readonly value: number
  /** What is no number, by name. */
  readonly mark: string | undefined
}

interface TipList {
  readonly rows: readonly Row[]
  /** The line that the pointer is at. */
  readonly near: DrawnLine | undefined
  /** Lines that have no row. */
  readonly more: number
}

/** The lines nearest to the pointer, from the highest to the lowest; undefined where none has a value. */
function listOf(hover: Hover, { figure, chart }: TipAbout): TipList | undefined {
  const rows = hover.readings.flatMap(({ point, mark }, at): Row[] => {
    const line = figure.lines[at]
    return line === undefined || (point === undefined && mark === undefined) ? [] : [{ line, value: point?.value ?? NaN, mark: mark?.value }]
    // What has no value comes last.
  }).sort((a, b) => Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value)) || b.value - a.value)
  if (rows.length === 0) return undefined
  const { line, from } = nearest(rows, hover, chart)
  return rows.length <= most ? { rows, near: line, more: 0 } : { rows: rows.slice(from, from + most), near: line, more: rows.length - most }
}

/** From the least to the greatest of the values at the cursor; undefined where there are none. */
function spanOf({ readings }: Hover): string | undefined {
  let [least, most] = [Infinity, -Infinity]
  let mark: string | undefined
  for (const reading of readings) {
    mark ??= reading.mark?.value
    const value = reading.point?.value
    if (value === undefined) continue
    if (value < least) least = value
    if (value > most) most = value
  }
  return least > most ? mark : least === most ? metric(least) : words.toAtValues(metric(least), metric(most))
}

/** The row under the pointer, and where a list of some rows around it begins. */
function nearest(rows: readonly Row[], { top }: Hover, chart: LineChart | undefined): { line: DrawnLine | undefined; from: number } {
  if (top === undefined || chart === undefined) return { line: undefined, from: 0 }
  const { y } = chart.layout
  let at = -1
  let least = Infinity
  for (const [index, { value }] of rows.entries()) {
    const distance = Math.abs(y.at(value) - top)
    if (distance < least) [at, least] = [index, distance]
  }
  return { line: least < 24 ? rows[at]?.line : undefined, from: Math.max(0, Math.min(rows.length - most, at - most / 2)) }
}
