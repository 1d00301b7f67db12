import { bandKinds, scaleKinds, type AxisKind, type BandKind, type Range, type ScaleKind } from '@cairn/charts'
import { seriesSmoothings, type SeriesSmoothing } from '@cairn/protocol'
import { words } from './words.ts'

export const stepAxes = ['step', 'relative', 'time'] as const
export type StepAxis = (typeof stepAxes)[number]
/** Along what the lines run: steps, time, or `metrics.epoch`, another metric at the same steps. */
export type Axis = StepAxis | `metrics.${string}`

const stepKinds: Readonly<Record<StepAxis, AxisKind>> = { step: 'whole', relative: 'duration', time: 'time' }
const stepNames: Readonly<Record<StepAxis, string>> = { step: words.step, relative: words.timeSinceStart, time: words.time }
const isStep = (axis: Axis): axis is StepAxis => !axis.startsWith('metrics.')

export const axisKind = (axis: Axis): AxisKind => (isStep(axis) ? stepKinds[axis] : 'number')
export const axisName = (axis: Axis): string => (isStep(axis) ? stepNames[axis] : axis.slice('metrics.'.length))
/** The metric that the lines run along; undefined for steps and time. */
export const alongOf = (axis: Axis): string | undefined => (isStep(axis) ? undefined : axis.slice('metrics.'.length))
/** What the server is asked along. */
export const stepAxisOf = (axis: Axis): StepAxis => (isStep(axis) ? axis : 'step')
const readAxis = (text: string | null): Axis => (text !== null && /^metrics\../.test(text) ? text as Axis : oneOf(stepAxes, text, 'step'))

export interface Smoothing {
  readonly kind: SeriesSmoothing
  readonly amount: number
}

export interface Zoom {
  readonly key: string
  readonly range: Range
}

/** Everything that a reader has chosen on the page of charts; all of it stands in the address. */
export interface ChartsState {
  readonly axis: Axis
  readonly xLog: boolean
  readonly yScale: ScaleKind
  readonly clip: boolean
  readonly smoothing: Smoothing | undefined
  /** Metrics whose name holds this, a regular expression. */
  readonly find: string
  readonly zooms: readonly Zoom[]
  /** `params.model` or `metrics.auc`: runs of one value, or of a quarter of the numbers, become one line with a band. */
  readonly group: string
  /** Another field, by which each group is divided; empty for none. */
  readonly within: string
  readonly band: BandKind
  /** Sections that are folded. */
  readonly folded: readonly string[]
  /** Panels of one's own, in their order; see `panels/panel.ts`. */
  readonly panels: readonly string[]
  /** Chosen parts of fields; see `panels/brushes.ts`. */
  readonly brushes: readonly string[]
  /** Panels that were put elsewhere, and their sizes; see `layout.ts`. */
  readonly puts: readonly string[]
  readonly sizes: readonly string[]
  /** Sections in the order that was chosen. */
  readonly order: readonly string[]
  /** Metrics whose panels were taken away. */
  readonly off: readonly string[]
  /** Runs at most that panels over runs are drawn from. */
  readonly most: number
}

export const usualRuns = 10_000

export const noChoice: ChartsState = {
  axis: 'step', xLog: false, yScale: 'linear', clip: false, smoothing: undefined, find: '', zooms: [], group: '', within: '', band: 'range', folded: [], panels: [], brushes: [], puts: [], sizes: [], order: [], off: [], most: usualRuns,
}

/** What the smoothings are called, and how far and in which steps their amounts go. */
export const smoothings: Readonly<Record<SeriesSmoothing, { readonly name: string; readonly usual: number; readonly amounts: readonly number[] }>> = {
  ema: { name: words.movingAverage, usual: 0.6, amounts: [...Array.from({ length: 19 }, (_, at) => Math.round((at + 1) * 5) / 100), 0.97, 0.98, 0.99, 0.995, 0.999] },
  gaussian: { name: words.gaussian, usual: 5, amounts: [1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500, 1000] },
  mean: { name: words.runningMean, usual: 11, amounts: [3, 5, 7, 11, 15, 21, 31, 51, 75, 101, 151, 201, 301, 501, 1001, 2001, 5001] },
}

/** The place of the step that is nearest to an amount. */
export function nearestAmount(amounts: readonly number[], amount: number): number {
  let best = 0
  for (const [at, one] of amounts.entries()) if (Math.abs(one - amount) < Math.abs(amounts[best]! - amount)) best = at
  return best
}

/** A step more or less of the smoothing; none where there is none to be less than. */
export function smoothedBy(smoothing: Smoothing | undefined, by: -1 | 1): Smoothing | undefined {
  if (smoothing === undefined) return by < 0 ? undefined : { kind: 'ema', amount: smoothings.ema.amounts[0]! }
  const { amounts } = smoothings[smoothing.kind]
  const to = nearestAmount(amounts, smoothing.amount) + by
  return to < 0 ? undefined : { kind: smoothing.kind, amount: amounts[Math.min(to, amounts.length - 1)]! }
}

const keys = ['x', 'xlog', 'y', 'clip', 'smooth', 'find', 'zoom', 'group', 'within', 'band', 'fold', 'panel', 'brush', 'put', 'size', 'order', 'off', 'most'] as const

const oneOf = <T extends string>(values: readonly T[], text: string | null, usual: T): T => values.find((value) => value === text) ?? usual

/** Reads the query of an address. What it does not understand counts as not said. */
export function readCharts(query: URLSearchParams): ChartsState {
  return {
    axis: readAxis(query.get('x')), xLog: query.get('xlog') === '1', yScale: oneOf(scaleKinds, query.get('y'), 'linear'),
    clip: query.get('clip') === '1', smoothing: readSmoothing(query.get('smooth') ?? ''), find: query.get('find') ?? '',
    zooms: query.getAll('zoom').flatMap(readZoom), group: query.get('group') ?? '', within: query.has('group') ? query.get('within') ?? '' : '', band: oneOf(bandKinds, query.get('band'), 'range'),
    folded: query.getAll('fold'), panels: query.getAll('panel'),
    brushes: query.getAll('brush'), puts: query.getAll('put'), sizes: query.getAll('size'), order: query.getAll('order'), off: query.getAll('off'), most: readMost(query.get('most')),
  }
}

/** Writes it into a query beside whatever else stands there; what is as usual is left out. */
export function writeCharts(state: ChartsState, query: URLSearchParams): void {
  for (const key of keys) query.delete(key)
  const set = (key: (typeof keys)[number], text: string, usual = ''): void => { if (text !== usual) query.set(key, text) }
  set('x', state.axis, 'step')
  set('xlog', state.xLog ? '1' : '')
  set('y', state.yScale, 'linear')
  set('clip', state.clip ? '1' : '')
  if (state.smoothing !== undefined) set('smooth', state.smoothing.kind === 'ema' ? String(state.smoothing.amount) : `${state.smoothing.kind}:${state.smoothing.amount}`)
  set('find', state.find)
  for (const zoom of state.zooms) query.append('zoom', writeZoom(zoom))
  set('group', state.group)
  set('within', state.group === '' ? '' : state.within)
  set('band', state.band, 'range')
  for (const one of state.folded) query.append('fold', one)
  const all = { panel: state.panels, brush: state.brushes, put: state.puts, size: state.sizes, order: state.order, off: state.off } as const
  for (const [key, texts] of Object.entries(all)) for (const text of texts) query.append(key, text)
  set('most', String(state.most), String(usualRuns))
}

function readMost(text: string | null): number {
  const most = Number(text ?? usualRuns)
  return Number.isInteger(most) && most > 0 && most <= 100_000 ? most : usualRuns
}

/** Whether the query says anything about charts. */
export const saysCharts = (query: URLSearchParams): boolean => keys.some((key) => query.has(key))

/** `0.9` or `ema:0.9`, `gaussian:5`, `mean:11`. */
function readSmoothing(text: string): Smoothing | undefined {
  const match = /^(?:(ema|gaussian|mean):)?(\d+(?:\.\d+)?)$/.exec(text)
  if (match === null) return undefined
  const kind = oneOf(seriesSmoothings, match[1] ?? null, 'ema')
  const amount = Number(match[2])
  const good = kind === 'ema' ? amount > 0 && amount < 1 : kind === 'gaussian' ? amount > 0 && amount <= 1000 : Number.isInteger(amount) && amount >= 1 && amount <= 100_000
  return good ? { kind, amount } : undefined
}

export const writeZoom = ({ key, range }: Zoom): string => `${range[0]}~${range[1]}~${key}`

export function readZoom(text: string): Zoom[] {
  const match = /^(-?[\d.]+(?:e[+-]?\d+)?)~(-?[\d.]+(?:e[+-]?\d+)?)~([\s\S]*)$/.exec(text)
  if (match === null) return []
  const [from, to] = [Number(match[1]), Number(match[2])]
  return from < to ? [{ key: match[3]!, range: [from, to] }] : []
}

/** Names that a search finds: as a regular expression, or as plain text where it is none. Capitals matter only when one is typed. */
export function finder(text: string): (name: string) => boolean {
  if (text === '') return () => true
  const flags = /[A-Z]/.test(text) ? '' : 'i'
  try {
    const pattern = new RegExp(text, flags)
    return (name) => pattern.test(name)
  } catch {
    const plain = text.toLowerCase()
    return (name) => name.toLowerCase().includes(plain)
  }
}
