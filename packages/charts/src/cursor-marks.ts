export interface CursorPlace {
  /** Pixels from the left of the chart, and from where to where its line goes. */
  readonly x: number
  readonly top: number
  readonly height: number
  readonly dots: readonly { readonly x: number; readonly y: number; readonly color: string }[]
}

/**
 * The cursor of a chart: a line and the dots on it. Elements that are moved, for a canvas is handed on whole when
 * anything on it changes: twelve charts that share a cursor would hand on twelve with every move of the pointer.
 */
export class CursorMarks implements Disposable {
  readonly #box = mark('inset:0;contain:strict;visibility:hidden')
  readonly #line = mark('width:0;border-left:1px dashed var(--text-soft)')
  readonly #dots: HTMLElement[] = []

  constructor(element: HTMLElement) {
    this.#box.setAttribute('aria-hidden', 'true')
    this.#box.append(this.#line)
    element.append(this.#box)
  }

  /** Undefined while there is no cursor. */
  show(place: CursorPlace | undefined): void {
    set(this.#box, 'visibility', place === undefined ? 'hidden' : 'visible')
    if (place === undefined) return
    const { x, top, height, dots } = place
    put(this.#line, x, top)
    set(this.#line, 'height', `${height}px`)
    while (this.#dots.length < dots.length) {
      const dot = mark('margin:-5px;width:10px;height:10px;box-sizing:border-box;border:1.5px solid var(--bg);border-radius:50%')
      this.#dots.push(dot)
      this.#box.append(dot)
    }
    for (const [at, element] of this.#dots.entries()) {
      const dot = dots[at]
      set(element, 'display', dot === undefined ? 'none' : 'block')
      if (dot === undefined) continue
      put(element, dot.x, dot.y)
      set(element, 'background', `var(${dot.color})`)
    }
  }

  [Symbol.dispose](): void {
    this.#box.remove()
  }
}

function mark(style: string): HTMLElement {
  const element = document.createElement('div')
  element.style.cssText = `position:absolute;left:0;top:0;pointer-events:none;${style}`
  return element
}

/** What an element was told last: to be told the same again costs as much. */
const told = new WeakMap<HTMLElement, Record<string, string>>()

function set(element: HTMLElement, property: 'visibility' | 'height' | 'display' | 'background' | 'translate', value: string): void {
  let known = told.get(element)
  if (known === undefined) told.set(element, known = {})
  if (known[property] === value) return
  known[property] = element.style[property] = value
}

/** Moved, not placed: the browser lays out nothing. */
const put = (element: HTMLElement, x: number, y: number): void => set(element, 'translate', `${x}px ${y}px`)
