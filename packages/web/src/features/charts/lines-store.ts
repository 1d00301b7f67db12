import { joined, ledOn, lineOf, noLine, withPoints, type Line, type Point, type Range } from '@cairn/charts'
import { smoothCurve, type Series, type SeriesAxis, type SeriesDetail, type SeriesSmoothing, type Smoothing } from '@cairn/protocol'

export interface StoreRun {
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly start: number
  /** Whether it has ended: then nothing is missed by reading it before the stream is open. */
  readonly ended?: boolean
}

/** What is asked of the server. */
export interface LinesRequest {
  readonly run_ids: string[]
  readonly keys: string[]
  readonly x: SeriesAxis
  readonly buckets: number
  readonly detail?: SeriesDetail
  readonly from?: number
  readonly to?: number
  readonly smoothing?: SeriesSmoothing
  readonly smoothing_amount?: number
}

export interface LivePoint {
  readonly run: string
  readonly key: string
  readonly value: number
  readonly step: number
  readonly timestamp: number
}

/** What a panel shows: a new object whenever, and only when, something of it has changed. */
export interface Lines {
  readonly of: ReadonlyMap<string, Line>
  readonly loading: boolean
  readonly error: string | undefined
}

export interface LinesView {
  readonly axis: SeriesAxis
  readonly smoothing: Smoothing | undefined
}

/** How an entry stood along another axis. */
interface Turned {
  readonly view: LinesView
  readonly lines: Lines
  readonly asked: Map<string, number>
}

interface Entry {
  readonly key: string
  readonly range: Range | undefined
  lines: Lines
  readonly listeners: Set<() => void>
  /** Pixels of the widest panel that looks at it now; 0 when nobody does. */
  readonly watchers: Map<object, number>
  /** Runs that were asked for, and in which question: what is missing is asked for, and an answer that a later question has overtaken is dropped. */
  asked: Map<string, number>
  waiting: number
  stale: boolean
  /** Every point of it is here, and smoothed another way than is wanted: that is done when somebody looks. */
  unsmoothed: boolean
  /** The axis that was left last, for as long as nothing has been logged since. */
  before: Turned | undefined
  /** Live points since the last read began, which its answer may hold or not; and those that wait for a frame. */
  recent: Map<string, Point[]>
  pending: Map<string, Point[]>
  brought: number
  /** Live points since it was last looked at. */
  unseen: number
}

/** Pairs of run and key in one request, buckets of each, and in all. */
export const requestLimits = { pairs: 2000, buckets: 10_000, cells: 2_000_000 } as const
/** Live points of an entry after which its buckets are asked for again. */
const tail = 2000
/** Live points that an entry takes along while nobody looks at it. */
const mostUnseen = 200

const nothing: Lines = { of: new Map(), loading: true, error: undefined }

export interface LinesStoreOptions {
  read(request: LinesRequest): Promise<readonly Series[]>
  /** Calls once with the next frame. */
  nextFrame(act: () => void): void
  /** Calls after a second: smoothed lines that cannot be led on are read again so often. */
  later(act: () => void): void
}

/**
 * The lines of many runs, by metric and part of the axis. Only what somebody looks at is asked for, all
 * of a frame in one request; live points join their own lines and wake only those who watch them.
 */
export class LinesStore {
  readonly #options: LinesStoreOptions
  readonly #entries = new Map<string, Entry>()
  #runs: readonly StoreRun[] = []
  #starts = new Map<string, number>()
  #view: LinesView = { axis: 'step', smoothing: undefined }
  #questions = 0
  #ready = false
  #planned = false
  #framed = false
  #rereading = false

  constructor(options: LinesStoreOptions) {
    this.#options = options
  }

  /** What running runs log before the stream of live points is open would be missed: they are read from now on. */
  ready(): void {
    this.#ready = true
    this.#plan()
  }

  /** The stream is open; whether it goes on where it was, so that nothing has been missed. */
  connected(resumed: boolean): void {
    const first = !this.#ready
    this.ready()
    if (!resumed && !first) this.reload()
  }

  show(runs: readonly StoreRun[], view: LinesView): void {
    const old = this.#view
    const moved = view.axis !== old.axis
    const rough = !isSame(view.smoothing, old.smoothing)
    this.#runs = runs
    this.#starts = new Map(runs.map(({ id, start }) => [id, start]))
    this.#view = view
    for (const entry of this.#entries.values()) {
      if (moved) this.#turn(entry, old)
      else if (rough) this.#smoothen(entry)
    }
    this.#plan()
  }

  /** Shows an entry along another axis, and keeps how it stood along this one: whoever goes back finds it. */
  #turn(entry: Entry, old: LinesView): void {
    const here = isWhole(entry) && !entry.unsmoothed ? { view: old, lines: entry.lines, asked: entry.asked } : undefined
    const { before } = entry
    entry.before = here
    // Their x are those of the axis that was left; what is read now holds them.
    entry.pending = new Map()
    entry.recent = new Map()
    if (before === undefined || before.view.axis !== this.#view.axis) {
      entry.asked = new Map()
      this.#set(entry, nothing)
      return
    }
    entry.asked = before.asked
    entry.stale = entry.unsmoothed = false
    this.#set(entry, before.lines)
    if (!isSame(before.view.smoothing, this.#view.smoothing)) this.#smoothen(entry)
  }

  /** Without smoothing all that is drawn is here already, and so it is where every point is. */
  #smoothen(entry: Entry): void {
    if (this.#view.smoothing === undefined) {
      entry.unsmoothed = false
      if ([...entry.lines.of.values()].some(({ smooth }) => smooth !== undefined)) this.#set(entry, { ...entry.lines, of: new Map([...entry.lines.of].map(([run, line]) => [run, { ...line, smooth: undefined }])) })
    } else if (entry.range === undefined && isWhole(entry) && [...entry.lines.of.values()].every(({ exact }) => exact)) entry.unsmoothed = true
    else entry.stale = true
  }

  /** Everything is to be read again; what is not looked at, when it is. */
  reload(): void {
    for (const entry of this.#entries.values()) {
      entry.stale = true
      entry.before = undefined
    }
    this.#plan()
  }

  lines(key: string, range: Range | undefined): Lines {
    return this.#entry(key, range).lines
  }

  subscribe(key: string, range: Range | undefined, listener: () => void): () => void {
    const entry = this.#entry(key, range)
    entry.listeners.add(listener)
    return () => {
      entry.listeners.delete(listener)
      if (entry.listeners.size === 0 && range !== undefined) this.#entries.delete(nameOf(key, range))
    }
  }

  /** A panel of so many pixels is in sight. Answers how to end it. */
  watch(key: string, range: Range | undefined, width: number): () => void {
    const entry = this.#entry(key, range)
    const watcher = {}
    entry.watchers.set(watcher, width)
    entry.unseen = 0
    this.#plan()
    return () => void entry.watchers.delete(watcher)
  }

  /** The question of a metric's lines with as many points as one answer can have: for a file, and not for the eye. */
  question(key: string, range: Range | undefined): LinesRequest {
    const { axis, smoothing } = this.#view
    const run_ids = this.#runs.map(({ id }) => id)
    return {
      run_ids, keys: [key], x: axis, buckets: Math.max(1, Math.min(requestLimits.buckets, Math.floor(requestLimits.cells / Math.max(1, run_ids.length)))),
      ...(range !== undefined && { from: range[0], to: range[1] }), ...(smoothing !== undefined && { smoothing: smoothing.kind, smoothing_amount: smoothing.amount }),
    }
  }

  hear(points: readonly LivePoint[]): void {
    for (const entry of this.#entries.values()) {
      for (const point of points) {
        if (point.key !== entry.key) continue
        if (entry.before?.asked.has(point.run) === true) entry.before = undefined
        if (!entry.asked.has(point.run)) continue
        const x = this.#view.axis === 'step' ? point.step : this.#view.axis === 'time' ? point.timestamp : point.timestamp - (this.#starts.get(point.run) ?? 0)
        if (entry.range !== undefined && (x < entry.range[0] || x > entry.range[1])) continue
        // Out of sight a few are taken along, so that whoever comes back finds them; then it is read when it is looked at.
        if (entry.watchers.size === 0 && (entry.unseen += 1) > mostUnseen) {
          entry.stale = true
          continue
        }
        for (const list of [entry.pending, entry.recent]) {
          const known = list.get(point.run)
          if (known === undefined) list.set(point.run, [{ x, value: point.value }])
          else known.push({ x, value: point.value })
        }
        entry.brought += 1
      }
    }
    if (this.#framed) return
    this.#framed = true
    // A hidden page has no frames; what came is drawn when it is looked at again.
    this.#options.nextFrame(() => {
      this.#framed = false
      for (const entry of this.#entries.values()) if (entry.pending.size > 0) this.#flush(entry)
    })
  }

  #flush(entry: Entry): void {
    const of = new Map(entry.lines.of)
    for (const [run, points] of entry.pending) of.set(run, this.#grown(entry, of.get(run) ?? noLine, points))
    entry.pending = new Map()
    this.#set(entry, { ...entry.lines, of })
    if (entry.brought >= tail) {
      entry.stale = true
      this.#plan()
    }
  }

  #grown(entry: Entry, line: Line, points: readonly Point[], join = withPoints): Line {
    const grown = join(line, points)
    const { smoothing } = this.#view
    if (smoothing === undefined || points.length === 0) return grown
    const end = line.x.at(-1) ?? -Infinity
    const seen = line.count - line.marks.reduce((sum, { count }) => sum + count, 0)
    if (smoothing.kind === 'ema' && entry.range === undefined && line.smooth !== undefined && points.every(({ x }) => x > end)) {
      return { ...grown, smooth: ledOn(line.smooth, seen, smoothing.amount, line.spacing, points) }
    }
    if (entry.range === undefined && grown.exact) return smoothedHere(grown, smoothing)
    this.#readAgainSoon(entry)
    return grown
  }

  #readAgainSoon(entry: Entry): void {
    entry.stale = true
    if (this.#rereading) return
    this.#rereading = true
    this.#options.later(() => {
      this.#rereading = false
      this.#plan()
    })
  }

  #entry(key: string, range: Range | undefined): Entry {
    const name = nameOf(key, range)
    let entry = this.#entries.get(name)
    if (entry === undefined) {
      // Until the part has come, all that was there is drawn.
      const lines = range === undefined ? nothing : { ...(this.#entries.get(nameOf(key, undefined))?.lines ?? nothing), loading: true }
      entry = { key, range, lines, listeners: new Set(), watchers: new Map(), asked: new Map(), waiting: 0, stale: false, unsmoothed: false, before: undefined, recent: new Map(), pending: new Map(), brought: 0, unseen: 0 }
      this.#entries.set(name, entry)
    }
    return entry
  }

  #set(entry: Entry, lines: Lines): void {
    entry.lines = lines
    for (const listener of entry.listeners) listener()
  }

  /** Looks after everything that has happened by then what has to be asked for. */
  #plan(): void {
    if (this.#planned || !this.#mayRead()) return
    this.#planned = true
    this.#options.nextFrame(() => {
      this.#planned = false
      this.#ask()
    })
  }

  #mayRead(): boolean {
    return this.#ready || (this.#runs.length > 0 && this.#runs.every(({ ended }) => ended === true))
  }

  #ask(): void {
    if (!this.#mayRead()) return
    const groups = new Map<string, { readonly runs: readonly string[]; readonly entries: Entry[] }>()
    for (const entry of this.#entries.values()) {
      if (entry.watchers.size === 0) continue
      const { smoothing } = this.#view
      if (entry.unsmoothed && !entry.stale && smoothing !== undefined) this.#set(entry, { ...entry.lines, of: new Map([...entry.lines.of].map(([run, line]) => [run, smoothedHere(line, smoothing)])) })
      entry.unsmoothed = false
      const wanted = this.#runs.map(({ id }) => id).filter((id) => entry.stale || !entry.asked.has(id))
      if (wanted.length === 0) {
        if (entry.lines.loading && this.#runs.length === 0) this.#set(entry, { ...entry.lines, loading: false })
        continue
      }
      const name = `${entry.range?.join(' ') ?? ''}\n${wanted.join('\n')}`
      const group = groups.get(name)
      if (group === undefined) groups.set(name, { runs: wanted, entries: [entry] })
      else group.entries.push(entry)
    }
    for (const { runs, entries } of groups.values()) {
      const most = Math.max(1, Math.floor(requestLimits.pairs / runs.length))
      for (let from = 0; from < entries.length; from += most) void this.#read(runs, entries.slice(from, from + most))
    }
  }

  async #read(runs: readonly string[], entries: readonly Entry[]): Promise<void> {
    const { axis, smoothing } = this.#view
    const { range } = entries[0]!
    const width = Math.max(...entries.flatMap(({ watchers }) => [...watchers.values()]))
    const question = this.#questions += 1
    for (const entry of entries) {
      entry.stale = false
      entry.brought = 0
      entry.waiting += 1
      if (!entry.lines.loading) this.#set(entry, { ...entry.lines, loading: true })
      for (const id of runs) {
        entry.recent.delete(id)
        entry.asked.set(id, question)
      }
    }
    try {
      const answer = await this.#options.read({
        run_ids: [...runs], keys: entries.map(({ key }) => key), x: axis, ...finenessOf(width, runs.length, this.#runs.length, entries.length),
        ...(range !== undefined && { from: range[0], to: range[1] }), ...(smoothing !== undefined && { smoothing: smoothing.kind, smoothing_amount: smoothing.amount }),
      })
      const found = new Map(answer.map((one) => [`${one.run_id}\n${one.key}`, one]))
      for (const entry of entries) {
        entry.waiting -= 1
        const of = new Map(entry.lines.of)
        for (const id of runs) {
          if (axis !== this.#view.axis || entry.asked.get(id) !== question) continue
          const told = found.get(`${id}\n${entry.key}`)
          entry.pending.delete(id)
          const line = told === undefined ? noLine : lineOf(told)
          // It may have been taken away since it was asked for.
          of.set(id, this.#grown(entry, this.#view.smoothing === undefined ? { ...line, smooth: undefined } : line, entry.recent.get(id) ?? [], joined))
        }
        this.#set(entry, { of, loading: entry.waiting > 0, error: undefined })
      }
    } catch (failure) {
      for (const entry of entries) {
        entry.waiting -= 1
        entry.stale = true
        this.#set(entry, { ...entry.lines, loading: false, error: (failure as Error).message })
      }
    }
  }
}

const isSame = (one: Smoothing | undefined, other: Smoothing | undefined): boolean => one?.kind === other?.kind && one?.amount === other?.amount

/** Whether all that was asked for is here. */
const isWhole = ({ waiting, stale, lines, pending }: Entry): boolean => waiting === 0 && !stale && !lines.loading && lines.error === undefined && pending.size === 0

/** A line of which every point is here, smoothed as the server would do it. */
function smoothedHere(line: Line, smoothing: Smoothing): Line {
  const { xs, values } = smoothCurve({ xs: Float64Array.from(line.x), values: Float64Array.from(line.y) }, smoothing)
  return { ...line, smooth: { x: Array.from(xs), y: Array.from(values) } }
}

/** Neither a key nor a range holds a line break. */
const nameOf = (key: string, range: Range | undefined): string => `${key}\n${range?.join(' ') ?? ''}`

/** Lines from which on each has a bucket for two pixels (a quarter of a panel is beside its lines), of which its extremes are told. */
const many = 12

/** A bucket for each pixel while the lines are few; of many, each has less room in the eye and in the request. */
function finenessOf(width: number, asked: number, drawn: number, keys: number): Pick<LinesRequest, 'buckets' | 'detail'> {
  const pixels = Math.min(1200, Math.max(200, Math.ceil(width / 100) * 100))
  const most = Math.floor(requestLimits.cells / (asked * keys))
  if (drawn <= many) return { buckets: Math.min(pixels, most) }
  return { buckets: Math.max(50, Math.min(Math.ceil(pixels * 3 / 8), Math.ceil(20_000 / drawn), most)), detail: 'extremes' }
}
