export const scaleKinds = ['linear', 'log', 'symlog'] as const
export type ScaleKind = (typeof scaleKinds)[number]
export type Range = readonly [from: number, to: number]

/** Values of an axis and their pixels. */
export interface Scale {
  readonly kind: ScaleKind
  readonly domain: Range
  readonly range: Range
  /** Pixels. A value that a logarithm has no place for lies infinitely far below the domain. */
  at(value: number): number
  invert(pixel: number): number
}

/** `domain` of a log scale is above 0. A domain of no width is drawn in the middle. */
export function makeScale(kind: ScaleKind, domain: Range, range: Range): Scale {
  const [forth, back] = transform(kind, domain)
  const from = forth(domain[0])
  const span = forth(domain[1]) - from
  const pixels = range[1] - range[0]
  return {
    kind, domain, range,
    at: (value) => (span === 0 ? range[0] + pixels / 2 : range[0] + (forth(value) - from) / span * pixels),
    invert: (pixel) => (pixels === 0 ? domain[0] : back(from + (pixel - range[0]) / pixels * span)),
  }
}

/** Decades below its largest value in which a symlog axis is logarithmic; nearer to 0 it is linear. */
const symlogDecades = 4

function transform(kind: ScaleKind, [low, high]: Range): [forth: (value: number) => number, back: (value: number) => number] {
  if (kind === 'log') return [(value) => (value > 0 ? Math.log10(value) : -Infinity), (value) => 10 ** value]
  if (kind === 'symlog') {
    const near = (Math.max(Math.abs(low), Math.abs(high)) || 1) / 10 ** symlogDecades
    return [(value) => Math.sign(value) * Math.log1p(Math.abs(value) / near), (value) => Math.sign(value) * Math.expm1(Math.abs(value)) * near]
  }
  return [(value) => value, (value) => value]
}

/** The domain with some air at both ends; of one value, some air around it. */
export function padded(kind: ScaleKind, [low, high]: Range, part = 0.05): Range {
  if (kind === 'log') {
    const factor = low === high ? 2 : (high / low) ** part
    return [low / factor, high * factor]
  }
  if (low === high) {
    const air = Math.abs(low) / 10 || 1
    return [low - air, high + air]
  }
  if (kind === 'symlog') {
    // Air as one sees it: a twentieth of the values would be a quarter of the axis below zero.
    const [forth, back] = transform(kind, [low, high])
    const air = (forth(high) - forth(low)) * part
    const wider: Range = [back(forth(low) - air), back(forth(high) + air)]
    return wider.every(Number.isFinite) ? wider : [low, high]
  }
  // Halves, because the difference of the largest doubles is none.
  const air = (high / 2 - low / 2) * 2 * part
  return Number.isFinite(air) ? [low - air, high + air] : [low, high]
}

/** A range `factor` times as wide around `at`, which stays where it is; inside `whole`. Undefined when it is all of it. */
export function zoomed(range: Range, at: number, factor: number, whole: Range): Range | undefined {
  const from = Math.max(whole[0], at - (at - range[0]) * factor)
  const to = Math.min(whole[1], at + (range[1] - at) * factor)
  return from <= whole[0] && to >= whole[1] ? undefined : [from, to]
}

/** Two fingers that were at `before` (values of the axis) have moved to the parts `after` (0 to 1) of its width. */
export function pinched(before: Range, after: Range): Range | undefined {
  const parts = after[1] - after[0]
  if (Math.abs(parts) < 0.02) return undefined
  const width = (before[1] - before[0]) / parts
  if (!(width > 0)) return undefined
  const from = before[0] - after[0] * width
  return [from, from + width]
}
