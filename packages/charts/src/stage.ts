import type { Size } from './frame.ts'
import type { Pen, Theme } from './pen.ts'

export interface StageOptions {
  /** Draws everything; called only while the stage can be seen. */
  paint(pen: Pen, size: Size, theme: Theme): void
  /** Draws what follows the pointer, on a layer above. */
  paintOver?(pen: Pen, size: Size, theme: Theme): void
}

const leastSize = 40

/**
 * A pair of canvases that fill an element: they keep its size, its colours (light and dark) and the
 * sharpness of the screen, and draw once a frame, when something has changed, and only in sight.
 */
export class Stage implements Disposable {
  readonly element: HTMLElement
  readonly #layers: readonly [HTMLCanvasElement, HTMLCanvasElement]
  readonly #options: StageOptions
  readonly #colors = new Map<string, string>()
  readonly #stop: (() => void)[] = []
  #seen = typeof IntersectionObserver === 'undefined'
  #dirty: [below: boolean, above: boolean] = [true, true]
  #frame = 0
  #size: Size = { width: 0, height: 0 }

  constructor(element: HTMLElement, options: StageOptions) {
    this.element = element
    this.#options = options
    const canvas = (): HTMLCanvasElement => {
      const made = document.createElement('canvas')
      made.style.cssText = 'position:absolute;inset:0;width:100%;height:100%;display:block;pointer-events:none'
      made.setAttribute('aria-hidden', 'true')
      element.append(made)
      return made
    }
    this.#layers = [canvas(), canvas()]
    this.#measure()
    const sized = new ResizeObserver(() => this.#measure())
    sized.observe(element)
    const sight = new IntersectionObserver((entries) => {
      this.#seen = entries.at(-1)!.isIntersecting
      if (this.#seen) this.#schedule()
    }, { rootMargin: '100px' })
    sight.observe(element)
    const repaint = (): void => {
      this.#colors.clear()
      this.redraw()
    }
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    scheme.addEventListener('change', repaint)
    const chosen = new MutationObserver(repaint)
    chosen.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'class', 'style'] })
    this.#stop.push(() => sized.disconnect(), () => sight.disconnect(), () => scheme.removeEventListener('change', repaint), () => chosen.disconnect())
  }

  get size(): Size {
    return this.#size
  }

  readonly theme: Theme = { color: (name) => this.#color(name) }

  /** Everything has changed. */
  redraw(): void {
    this.#dirty = [true, true]
    this.#schedule()
  }

  /** Only what follows the pointer has. */
  redrawOver(): void {
    this.#dirty[1] = true
    this.#schedule()
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stop) stop()
    cancelAnimationFrame(this.#frame)
    for (const layer of this.#layers) layer.remove()
  }

  #schedule(): void {
    if (this.#frame !== 0 || !this.#seen) return
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0
      if (this.#dirty[0]) this.#draw(0, this.#options.paint)
      if (this.#dirty[1]) this.#draw(1, this.#options.paintOver)
      this.#dirty = [false, false]
    })
  }

  #draw(layer: 0 | 1, paint: StageOptions['paint'] | undefined): void {
    const pen = this.#layers[layer].getContext('2d')
    if (pen === null) return
    const { width, height } = this.#size
    pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0)
    pen.clearRect(0, 0, width, height)
    // A canvas takes more kinds of text alignment than a pen promises to.
    paint?.call(this.#options, pen as unknown as Pen, this.#size, this.theme)
  }

  #measure(): void {
    const width = Math.max(this.element.clientWidth, leastSize)
    const height = Math.max(this.element.clientHeight, leastSize)
    if (width === this.#size.width && height === this.#size.height) return
    this.#size = { width, height }
    for (const layer of this.#layers) {
      layer.width = Math.round(width * devicePixelRatio)
      layer.height = Math.round(height * devicePixelRatio)
    }
    // A canvas that has changed its size is empty: drawn at once, it does not flash.
    this.#dirty = [true, true]
    this.#schedule()
  }

  /** `light-dark(a, b)` is no colour to a canvas; the browser is asked what it comes to. */
  #color(name: string): string {
    let found = this.#colors.get(name)
    if (found === undefined) {
      const probe = document.createElement('span')
      probe.style.color = `var(${name})`
      this.element.append(probe)
      this.#colors.set(name, found = getComputedStyle(probe).color)
      probe.remove()
    }
    return found
  }
}
