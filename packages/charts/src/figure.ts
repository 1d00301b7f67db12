import type { Size } from './frame.ts'
import type { Pen, Theme } from './pen.ts'
import type { Range, ScaleKind } from './scale.ts'
import type { AxisKind } from './ticks.ts'

/** An axis of numbers, or of names that stand at 0, 1, 2 … */
export interface FieldAxis {
  readonly label: string
  readonly kind: AxisKind
  readonly scale: ScaleKind
  readonly names?: readonly string[] | undefined
  /** The part of it that is chosen. */
  readonly brush?: Range | undefined
}

/** Something under the pointer, or at which the keyboard stands. */
export interface Hit {
  /** Which of the things that the figure shows. */
  readonly index: number
  readonly x: number
  readonly y: number
}

export interface Place {
  readonly x: number
  readonly y: number
}

export interface Area extends Place {
  readonly width: number
  readonly height: number
}

/** What a drag chooses: a part of the x axis, of the y axis, or of both, in their values. */
export interface Brushed {
  readonly x?: Range
  readonly y?: Range
  /** Where it is drawn. */
  readonly area: Area
}

/** Something that is drawn and then stays. */
export interface Ground {
  draw(pen: Pen, size: Size, theme: Theme): void
}

/** A chart of things that one can point at. */
export interface Figure {
  draw(pen: Pen, size: Size, theme: Theme): void
  /**
   * The same in two parts, where thousands of things step back behind those that are chosen: the ground,
   * the same object for as long as nothing but the choice changes, so that a screen draws it once, and what
   * comes over it.
   */
  readonly layers?: { readonly ground: Ground; over(pen: Pen, size: Size, theme: Theme): void } | undefined
  /** What the pointer is over. */
  hit(x: number, y: number, size: Size): Hit | undefined
  /** All that the keyboard goes through, in order. */
  stops(size: Size): readonly Hit[]
  /** Lifts what the pointer is over. */
  lift?(pen: Pen, size: Size, theme: Theme, hit: Hit): void
  /** What a drag from one place to another chooses; figures without it let nothing be chosen. */
  brush?(from: Place, to: Place, size: Size): Brushed | undefined
}

/** A colour: the name of a custom property, or one as it is. */
export const inkOf = (theme: Theme, color: string): string => (color.startsWith('--') ? theme.color(color) : color)

/** The last answer again, for as long as the size is the same: layouts of ten thousand things are made once. */
export function bySize<T>(make: (size: Size) => T): (size: Size) => T {
  let last: { readonly width: number; readonly height: number; readonly made: T } | undefined
  return (size) => {
    if (last === undefined || last.width !== size.width || last.height !== size.height) last = { width: size.width, height: size.height, made: make(size) }
    return last.made
  }
}

/** The nearest of some places within `reach` pixels. */
export function nearestHit(places: readonly Hit[], x: number, y: number, reach: number): Hit | undefined {
  let found: Hit | undefined
  let least = reach
  for (const place of places) {
    const distance = Math.hypot(place.x - x, place.y - y)
    if (distance <= least) [found, least] = [place, distance]
  }
  return found
}
