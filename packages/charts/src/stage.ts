import type { Size } from './frame.ts'
import type { Pen, Theme } from './pen.ts'

export interface StageOptions {
  /** Draws what stays as it is when the rest steps back, on a layer below. */
  paintUnder?(pen: Pen, size: Size, theme: Theme): void
  /** Whether there is anything to draw there: an empty layer costs nothing. */
  hasUnder?(): boolean
  /** Draws everything; called only while the stage can be seen. */
  paint(pen: Pen, size: Size, theme: Theme): void
  /** Draws what comes and goes with the pointer, on a layer above. */
  paintOver?(pen: Pen, size: Size, theme: Theme): void
}

const leastSize = 40

type LayerName = 'under' | 'main' | 'over'
const every: ReadonlySet<LayerName> = new Set(['under', 'main', 'over'])

interface Drawing {
  draw(): void
  /** Whether nothing of it stands there yet. */
  readonly first: boolean
}

/** What is to be drawn in the next frame, which is asked for once: charts that share a cursor are twelve. */
const waiting = new Map<Stage, Drawing>()

/** Charts that come with one frame, for most of the work is the browser's and follows their drawing: a page of eight does not wait for all. */
const mostFirst = 2

function inNextFrame(stage: Stage, drawing: Drawing): void {
  waiting.set(stage, drawing)
  if (waiting.size > 1) return
  requestAnimationFrame(() => {
    const all = [...waiting]
    waiting.clear()
    let came = 0
    for (const [one, { draw, first }] of all) {
      if (first && (came += 1) > mostFirst) {
        inNextFrame(one, { draw, first })
        continue
      }
      try {
        draw()
      } catch (error) {
        // Another chart is drawn all the same.
        reportError(error)
      }
    }
  })
}

const isInWindow = (element: HTMLElement): boolean => {
  const { top, bottom, left, right } = element.getBoundingClientRect()
  return bottom > 0 && right > 0 && top < innerHeight && left < innerWidth
}

/**
 * Canvases over each other that fill an element: they keep its size, its colours (light and dark) and the
 * sharpness of the screen, and draw once a frame, when something has changed, and only in sight.
 */
export class Stage implements Disposable {
  readonly element: HTMLElement
  readonly #layers: readonly { readonly name: LayerName; readonly canvas: HTMLCanvasElement; readonly paint: StageOptions['paint'] }[]
  readonly #main: HTMLCanvasElement
  readonly #options: StageOptions
  readonly #colors = new Map<string, string>()
  readonly #stop: (() => void)[] = []
  #seen = typeof IntersectionObserver === 'undefined'
  #told = false
  #dirty: ReadonlySet<LayerName> = every
  #underDrawn = false
  #scheduled = false
  #drawn = false
  #part = 1
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
    const paints = [['under', options.paintUnder], ['main', options.paint], ['over', options.paintOver]] as const
    this.#layers = paints.flatMap(([name, paint]) => (paint === undefined ? [] : [{ name, canvas: canvas(), paint }]))
    this.#main = this.#layers.find(({ name }) => name === 'main')!.canvas
    this.#measure()
    const sized = new ResizeObserver(() => this.#measure())
    sized.observe(element)
    const sight = new IntersectionObserver((entries) => {
      this.#told = true
      this.#seen = entries.at(-1)!.isIntersecting
      if (this.#seen) this.#schedule()
    }, { rootMargin: '100px' })
    sight.observe(element)
    const repaint = (): void => {
      this.#colors.clear()
      this.redraw()
    }
    const schemes = ['(prefers-color-scheme: dark)', '(forced-colors: active)', '(prefers-contrast: more)'].map((query) => matchMedia(query))
    for (const scheme of schemes) scheme.addEventListener('change', repaint)
    const chosen = new MutationObserver(repaint)
    chosen.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'class', 'style'] })
    this.#stop.push(() => sized.disconnect(), () => sight.disconnect(), () => schemes.forEach((scheme) => scheme.removeEventListener('change', repaint)), () => chosen.disconnect())
  }

  get size(): Size {
    return this.#size
  }

  readonly theme: Theme = { color: (name) => this.#color(name) }

  /** Everything has changed. The observer tells of sight after the first frame: with `early`, what plainly stands in the window is drawn with it. */
  redraw(early = false): void {
    if (early && !this.#told) this.#seen = isInWindow(this.element)
    this.#dirty = every
    this.#schedule()
  }

  /** Only what lies between what stays and what comes and goes with the pointer has. */
  redrawMain(): void {
    this.#soil('main')
  }

  /** Only what stays has. */
  redrawUnder(): void {
    this.#soil('under')
  }

  /** Only what comes and goes with the pointer has. */
  redrawOver(): void {
    this.#soil('over')
  }

  /** Lets what was painted show so much; nothing is drawn again for it. */
  fade(part: number): void {
    if (part === this.#part) return
    this.#part = part
    this.#main.style.opacity = part === 1 ? '' : String(part)
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stop) stop()
    waiting.delete(this)
    for (const { canvas } of this.#layers) canvas.remove()
  }

  #soil(name: LayerName): void {
    this.#dirty = new Set([...this.#dirty, name])
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled || !this.#seen) return
    this.#scheduled = true
    inNextFrame(this, { first: !this.#drawn, draw: () => {
      this.#scheduled = false
      this.#drawn = true
      const dirty = this.#dirty
      this.#dirty = new Set()
      for (const { name, canvas, paint } of this.#layers) {
        if (!dirty.has(name) || (name === 'under' && !this.#wantsUnder())) continue
        this.#draw(canvas, paint)
      }
    } })
  }

  /** Also once more when it becomes empty. */
  #wantsUnder(): boolean {
    const had = this.#underDrawn
    this.#underDrawn = this.#options.hasUnder?.() ?? true
    return had || this.#underDrawn
  }

  #draw(canvas: HTMLCanvasElement, paint: StageOptions['paint']): void {
    const pen = canvas.getContext('2d')
    if (pen === null) return
    const { width, height } = this.#size
    pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0)
    pen.clearRect(0, 0, width, height)
    // A canvas takes more kinds of text alignment than a pen promises to.
    paint.call(this.#options, pen as unknown as Pen, this.#size, this.theme)
  }

  #measure(): void {
    const width = Math.max(this.element.clientWidth, leastSize)
    const height = Math.max(this.element.clientHeight, leastSize)
    if (width === this.#size.width && height === this.#size.height) return
    this.#size = { width, height }
    for (const { canvas } of this.#layers) {
      canvas.width = Math.round(width * devicePixelRatio)
      canvas.height = Math.round(height * devicePixelRatio)
    }
    // A canvas that has changed its size is empty: drawn at once, it does not flash.
    this.#dirty = every
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
