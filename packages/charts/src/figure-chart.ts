import { fillArea } from './axes.ts'
import type { Brushed, Figure, Hit, Place } from './figure.ts'
import { Stage } from './stage.ts'

export interface FigureChartOptions {
  onHit(hit: Hit | undefined): void
  /** A drag has chosen; undefined lets go. `done` is false while it still moves. */
  onBrush?(brushed: Brushed | undefined, done: boolean): void
}

const nothing: Figure = { draw() {}, hit: () => undefined, stops: () => [] }
const leastDrag = 5

/**
 * A figure on a canvas: the pointer, a touch or the arrow keys lead to its things one by one; a drag, or
 * the arrow keys with Shift, choose a part of it, where it lets a part be chosen; a double click or Escape
 * lets go of that.
 */
export class FigureChart implements Disposable {
  readonly #stage: Stage
  readonly #options: FigureChartOptions
  readonly #leave: () => void
  #figure: Figure = nothing
  #hit: Hit | undefined
  #raised: Hit | undefined
  #pressed: Place | undefined
  #dragged: Brushed | undefined
  /** Where a choice by keys began. */
  #anchor: { readonly hit: Hit; readonly stops: readonly Hit[] } | undefined

  constructor(element: HTMLElement, options: FigureChartOptions) {
    this.#options = options
    this.#stage = new Stage(element, {
      hasUnder: () => this.#figure.layers !== undefined,
      paintUnder: (pen, size, theme) => this.#figure.layers?.ground.draw(pen, size, theme),
      paint: (pen, size, theme) => (this.#figure.layers === undefined ? this.#figure.draw(pen, size, theme) : this.#figure.layers.over(pen, size, theme)),
      paintOver: (pen, size, theme) => {
        if (this.#dragged !== undefined) fillArea(pen, this.#dragged.area, theme)
        const lifted = this.#hit ?? this.#raised
        if (lifted !== undefined) this.#figure.lift?.(pen, size, theme, lifted)
      },
    })
    const placeOf = (event: MouseEvent): Place => {
      const box = element.getBoundingClientRect()
      return { x: event.clientX - box.left, y: event.clientY - box.top }
    }
    const down = (event: PointerEvent): void => {
      const place = placeOf(event)
      if (event.button === 0 && this.#figure.brush !== undefined) {
        this.#pressed = place
        element.setPointerCapture(event.pointerId)
      }
      this.#point(place)
    }
    const move = (event: PointerEvent): void => {
      const place = placeOf(event)
      const from = this.#pressed
      if (from === undefined) return this.#point(place)
      if (this.#dragged === undefined && Math.hypot(place.x - from.x, place.y - from.y) < leastDrag) return
      this.#show(undefined)
      this.#drag(this.#figure.brush!(from, place, this.#stage.size), false)
    }
    const up = (): void => {
      this.#pressed = undefined
      if (this.#dragged !== undefined) this.#drag(this.#dragged, true)
    }
    const cancel = (): void => {
      // A finger that scrolls the page has not chosen.
      this.#pressed = undefined
      if (this.#dragged !== undefined) this.#drag(undefined, true)
    }
    const all = (): void => this.#drag(undefined, true)
    const leave = (event: PointerEvent): void => { if (event.pointerType !== 'touch' && this.#pressed === undefined) this.#show(undefined) }
    const blur = (): void => {
      this.#anchor = undefined
      this.#show(undefined)
    }
    const key = (event: KeyboardEvent): void => { if (event.target === element && !event.ctrlKey && !event.metaKey && !event.altKey && this.#press(event)) event.preventDefault() }
    element.style.touchAction = 'pan-y'
    const listeners = [['pointerdown', down], ['pointermove', move], ['pointerup', up], ['pointercancel', cancel], ['dblclick', all], ['pointerleave', leave], ['blur', blur], ['keydown', key]] as const
    for (const [type, listener] of listeners) element.addEventListener(type, listener as EventListener)
    this.#leave = () => { for (const [type, listener] of listeners) element.removeEventListener(type, listener as EventListener) }
  }

  draw(figure: Figure): void {
    const isSameGround = figure.layers?.ground === this.#figure.layers?.ground
    this.#figure = figure
    this.#stage.redrawMain()
    if (!isSameGround) this.#stage.redrawUnder()
    if (this.#hit !== undefined || this.#raised !== undefined) this.#stage.redrawOver()
    // Its place is another in another figure.
    this.#raised = undefined
    if (this.#hit !== undefined && this.#anchor === undefined) this.#show(undefined)
  }

  /** One of its things stands out because it is pointed at elsewhere; undefined: none. */
  raise(index: number | undefined): void {
    const raised = index === undefined ? undefined : this.#figure.stops(this.#stage.size).find((stop) => stop.index === index)
    if (raised?.index === this.#raised?.index) return
    this.#raised = raised
    this.#stage.redrawOver()
  }

  get size(): { readonly width: number; readonly height: number } {
    return this.#stage.size
  }

  [Symbol.dispose](): void {
    this.#leave()
    this.#stage[Symbol.dispose]()
  }

  #press(event: KeyboardEvent): boolean {
    if (event.key === 'Escape') {
      if (this.#figure.brush !== undefined) this.#drag(undefined, true)
      this.#anchor = undefined
      this.#show(undefined)
      return false
    }
    // What is chosen on the way hides nothing from who goes on choosing.
    const stops = event.shiftKey && this.#anchor !== undefined ? this.#anchor.stops : this.#figure.stops(this.#stage.size)
    const at = this.#hit === undefined ? -1 : stops.findIndex(({ index }) => index === this.#hit!.index)
    const to = event.key === 'ArrowRight' || event.key === 'ArrowDown' ? at + 1 : event.key === 'ArrowLeft' || event.key === 'ArrowUp' ? (at < 0 ? stops.length : at) - 1
      : event.key === 'Home' ? 0 : event.key === 'End' ? stops.length - 1 : undefined
    if (to === undefined || stops.length === 0) return false
    const stop = stops[Math.min(stops.length - 1, Math.max(0, to))]!
    if (event.shiftKey && this.#figure.brush !== undefined) {
      this.#anchor ??= { hit: this.#hit ?? stop, stops }
      const brushed = this.#figure.brush(this.#anchor.hit, stop, this.#stage.size)
      this.#show(stop)
      this.#options.onBrush?.(brushed, true)
    } else {
      this.#anchor = undefined
      this.#show(stop)
    }
    return true
  }

  #point({ x, y }: Place): void {
    this.#show(this.#figure.hit(x, y, this.#stage.size))
  }

  #drag(brushed: Brushed | undefined, done: boolean): void {
    this.#dragged = done ? undefined : brushed
    this.#options.onBrush?.(brushed, done)
    this.#stage.redrawOver()
  }

  #show(hit: Hit | undefined): void {
    if (hit?.index === this.#hit?.index && hit?.x === this.#hit?.x && hit?.y === this.#hit?.y) return
    this.#hit = hit
    this.#options.onHit(hit)
    this.#stage.redrawOver()
  }
}
