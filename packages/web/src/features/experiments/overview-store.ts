import type { ExperimentFolder, ExperimentOrder, ExperimentSummary, listExperimentOverview, RequestOf, ResponseOf } from '@cairn/protocol'
import type { Search } from './list-state.ts'

export type Request = RequestOf<typeof listExperimentOverview>
export type Answer = ResponseOf<typeof listExperimentOverview>

export interface Which extends Search {
  readonly order: ExperimentOrder
  readonly reverse: boolean
  readonly stage: 'active' | 'deleted'
  readonly tree: boolean
}

/** Lines of a folder that were read, by the number of their window. */
interface Level {
  readonly total: number
  readonly windows: ReadonlyMap<number, Answer>
}

/** One line of what is shown, or a place whose line is on its way. */
export type ListLine =
  | { readonly kind: 'folder'; readonly folder: ExperimentFolder; readonly depth: number; readonly open: boolean }
  | { readonly kind: 'experiment'; readonly experiment: ExperimentSummary; readonly depth: number; readonly inside: string }
  | { readonly kind: 'waiting'; readonly depth: number }

/** A stretch of one level. */
interface Part {
  readonly folder: string
  readonly from: number
  readonly to: number
  readonly depth: number
}

export interface Shown {
  /** Of the whole, at its top; undefined until the first answer. */
  readonly top: Answer | undefined
  readonly parts: readonly Part[]
  readonly lines: number
  /** Whether it shows another question's answer while its own is on its way. */
  readonly outdated: boolean
  readonly error: string | undefined
}

export const windowSize = 100
/** Windows that are kept; what was scrolled away long ago is asked for again. */
const kept = 30

/** The experiments that are in sight, read window by window and folder by folder. */
export class OverviewStore {
  readonly #ask: (request: Request, signal: AbortSignal) => Promise<Answer>
  readonly #changed = new Set<() => void>()
  #which: Which | undefined
  #open: readonly string[] = []
  #levels = new Map<string, Level>()
  #round = 0
  #abort = new AbortController()
  #asked = new Set<string>()
  #shown: Shown = { top: undefined, parts: [], lines: 0, outdated: true, error: undefined }

  constructor(ask: (request: Request, signal: AbortSignal) => Promise<Answer>) {
    this.#ask = ask
  }

  readonly subscribe = (changed: () => void): (() => void) => {
    this.#changed.add(changed)
    return () => void this.#changed.delete(changed)
  }

  readonly shown = (): Shown => this.#shown

  /** What is asked for, and which folders are open. Answers to another question stay until those to this one are there. */
  show(which: Which, open: readonly string[]): void {
    const same = JSON.stringify(which) === JSON.stringify(this.#which)
    this.#which = which
    this.#open = which.tree ? open : []
    if (!same) void this.#read([''])
    else {
      for (const folder of this.#open) if (!this.#levels.has(folder)) this.#need(folder, 0)
      this.#put({})
    }
  }

  /** Lines that are in sight, up to but not including the last. */
  see(from: number, to: number): void {
    for (const [part, start] of this.#partsIn(from, to)) {
      const [first, last] = [Math.max(part.from, part.from + from - start), Math.min(part.to, part.from + to - start)]
      for (let at = Math.floor(first / windowSize); at * windowSize < last; at += 1) this.#need(part.folder, at)
    }
  }

  /** Something has changed: all that is shown is read again, and stays until then. */
  refresh(from: number, to: number): void {
    const needed = new Set<string>()
    for (const [part, start] of this.#partsIn(from, to)) {
      const [first, last] = [Math.max(part.from, part.from + from - start), Math.min(part.to, part.from + to - start)]
      for (let at = Math.floor(first / windowSize); at * windowSize < last; at += 1) needed.add(`${at} ${part.folder}`)
    }
    void this.#read([...new Set(['', ...this.#open.filter((folder) => this.#levels.has(folder))])], needed)
  }

  /** Experiments in which something is happening now: what is shown of them says so. */
  touch(ids: ReadonlySet<string>, now: number): void {
    const touched = (window: Answer): Answer => (window.experiments.some(({ experiment_id }) => ids.has(experiment_id))
      ? { ...window, experiments: window.experiments.map((one) => (ids.has(one.experiment_id) ? { ...one, last_activity: now } : one)) } : window)
    this.#levels = new Map([...this.#levels].map(([folder, level]) => [folder, { ...level, windows: new Map([...level.windows].map(([at, window]) => [at, touched(window)])) }]))
    this.#put({})
  }

  /** Experiments that are shown and have runs that are running, at most so many. */
  running(most: number): string[] {
    return [...this.#levels.values()].flatMap(({ windows }) => [...windows.values()]).flatMap(({ experiments }) => experiments.filter(({ running }) => running > 0).map(({ experiment_id }) => experiment_id)).slice(0, most)
  }

  line(index: number): ListLine {
    const [[part, start] = []] = this.#partsIn(index, index + 1)
    if (part === undefined) return { kind: 'waiting', depth: 0 }
    const at = part.from + index - start!
    const window = this.#levels.get(part.folder)?.windows.get(Math.floor(at / windowSize))
    const place = at % windowSize
    const folder = window?.folders[place]
    if (folder !== undefined) return { kind: 'folder', folder, depth: part.depth, open: this.#open.includes(folder.path) }
    const experiment = window?.experiments[place - window.folders.length]
    return experiment === undefined ? { kind: 'waiting', depth: part.depth } : { kind: 'experiment', experiment, depth: part.depth, inside: part.folder }
  }

  #request(folder: string, window: number): Request {
    const { words, tags, order, reverse, stage, tree } = this.#which!
    return { words, tags, order, reverse, stage, tree, folder, offset: window * windowSize, max_results: windowSize }
  }

  /** The first windows of levels, and others that are in sight, all anew. */
  async #read(folders: readonly string[], besides: ReadonlySet<string> = new Set()): Promise<void> {
    const round = this.#round += 1
    this.#abort.abort()
    const { signal } = this.#abort = new AbortController()
    this.#asked = new Set()
    this.#put({ outdated: true })
    const wanted = new Set([...folders.map((folder) => `0 ${folder}`), ...this.#open.map((folder) => `0 ${folder}`), ...besides])
    try {
      const answers = await Promise.all([...wanted].map(async (name) => {
        const at = name.indexOf(' ')
        const [window, folder] = [Number(name.slice(0, at)), name.slice(at + 1)]
        return { folder, window, answer: await this.#ask(this.#request(folder, window), signal) }
      }))
      if (round !== this.#round) return
      const levels = new Map<string, Level>()
      for (const { folder, window, answer } of answers) levels.set(folder, { total: answer.total, windows: new Map([...levels.get(folder)?.windows ?? [], [window, answer]]) })
      this.#levels = levels
      this.#put({ top: levels.get('')?.windows.get(0), outdated: false, error: undefined })
    } catch (failure) {
      if (round === this.#round) this.#put({ outdated: false, error: (failure as Error).message })
    }
  }

  #need(folder: string, window: number): void {
    const name = `${window} ${folder}`
    if (this.#asked.has(name) || this.#levels.get(folder)?.windows.has(window)) return
    this.#asked.add(name)
    const round = this.#round
    void this.#ask(this.#request(folder, window), this.#abort.signal).then((answer) => {
      if (round !== this.#round) return
      const windows = [...this.#levels.get(folder)?.windows ?? [], [window, answer] as const]
      this.#levels.set(folder, { total: answer.total, windows: new Map(windows.length > kept ? windows.filter(([at]) => at === 0 || Math.abs(at - window) < kept / 2) : windows) })
      this.#put({ error: undefined })
    }, (failure: Error) => {
      if (round === this.#round) this.#put({ error: failure.message })
    }).finally(() => this.#asked.delete(name))
  }

  #partsIn(from: number, to: number): [Part, number][] {
    const found: [Part, number][] = []
    let start = 0
    for (const part of this.#shown.parts) {
      const length = part.to - part.from
      if (start < to && start + length > from) found.push([part, start])
      start += length
    }
    return found
  }

  #put(change: Partial<Shown>): void {
    const parts: Part[] = []
    if (this.#levels.has('')) this.#layOut('', 0, parts)
    this.#shown = { ...this.#shown, ...change, parts, lines: parts.reduce((sum, { from, to }) => sum + to - from, 0) }
    for (const changed of this.#changed) changed()
  }

  /** A level in stretches, with what is in its open folders between them. */
  #layOut(folder: string, depth: number, parts: Part[]): void {
    const { total, windows } = this.#levels.get(folder)!
    let from = 0
    const opened = [...windows].flatMap(([window, answer]) => answer.folders.flatMap(({ path }, at) =>
      (this.#open.includes(path) && this.#levels.has(path) ? [{ path, at: window * windowSize + at }] : []))).toSorted((a, b) => a.at - b.at)
    for (const { path, at } of opened) {
      parts.push({ folder, from, to: at + 1, depth })
      from = at + 1
      this.#layOut(path, depth + 1, parts)
    }
    if (from < total) parts.push({ folder, from, to: total, depth })
  }
}
