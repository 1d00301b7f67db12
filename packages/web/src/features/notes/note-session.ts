import { mergeNotes } from './merge.ts'
import type { Draft } from './draft.ts'

/** Where a text is kept that several may write. */
export interface NotePlace {
  /** What stands there now. */
  read(): Promise<string>
  /** Stores a text where `expected` still stands there; answers whether it did. */
  save(text: string, expected: string): Promise<boolean>
}

export type NoteState =
  /** All that was written here stands there; `joined` where somebody else's changes came into it. */
  | { readonly kind: 'saved'; readonly joined: boolean }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'saving' }
  /** `again`: it is tried again by itself. */
  | { readonly kind: 'failed'; readonly why: string; readonly again: boolean }
  /** Somebody else has changed the same lines to something else: a person says what stands there from now on. */
  | { readonly kind: 'conflict'; readonly theirs: string }

export interface NoteTimes {
  /** So long after the last key a text is stored. */
  readonly idleMs: number
  /** Of somebody who does not stop writing it is stored so often. */
  readonly mostMs: number
  /** Each saving is an entry of the audit trail: while one writes there are not more than one in this time. */
  readonly apartMs: number
  /** What could not be saved is tried again after this, then after twice as long, up to a minute. */
  readonly againMs: number
}

const usual: NoteTimes = { idleMs: 2000, mostMs: 15_000, apartMs: 5000, againMs: 5000 }
const longestPauseMs = 60_000

export interface NoteOptions {
  readonly place: NotePlace
  /** What stands there as far as it is known. */
  readonly base: string
  /** What was written already, and what stood there before all of it: where one goes on after a reload. */
  readonly text?: string
  readonly first?: string
  readonly times?: NoteTimes
  readonly now?: () => number
  /** Why a text could not be saved, and whether trying again may help. */
  explain(error: unknown): { readonly why: string; readonly again: boolean }
  /** Keeps what is not stored yet, for the case that the page ends; nothing where all is. */
  keep?(draft: Draft | undefined): void
  onChange?(): void
}

/**
 * A text while it is edited: stored by itself soon after it was written, joined with what others have made
 * of it meanwhile (`merge.ts`), and kept until it is stored. Every saving says what it expects to replace,
 * so nobody's change is lost to one that came between reading and writing.
 */
export class NoteSession implements Disposable {
  text: string
  state: NoteState = { kind: 'saved', joined: false }
  readonly #options: NoteOptions
  readonly #times: NoteTimes
  readonly #now: () => number
  /** What stands there and was joined with `text`. */
  #base: string
  /** What would stand there without what was written here. */
  #first: string
  /** What was taken back, to bring it back. */
  #taken: string | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #unsavedSince: number | undefined
  #savedAt = -Infinity
  #failures = 0
  #running: Promise<void> | undefined
  #ended = false

  constructor(options: NoteOptions) {
    this.#options = options
    this.#times = options.times ?? usual
    this.#now = options.now ?? Date.now
    this.#base = options.base
    this.text = options.text ?? options.base
    this.#first = options.first ?? options.base
    if (this.text !== this.#base) this.#wait()
  }

  get base(): string {
    return this.#base
  }

  /** Whether something was written here that can be taken back. */
  get changed(): boolean {
    return this.text !== this.#first
  }

  get canBringBack(): boolean {
    return this.#taken !== undefined
  }

  write(text: string): void {
    this.#taken = undefined
    this.#put(text)
  }

  /** Back to what would stand there had nothing been written here: what others have changed stays. */
  takeBack(): void {
    const taken = this.text
    this.#put(this.#first)
    this.#taken = taken
    void this.flush()
  }

  bringBack(): void {
    if (this.#taken !== undefined) this.write(this.#taken)
    void this.flush()
  }

  /** Stores now what is not stored yet. */
  flush(): Promise<void> {
    if (this.state.kind === 'conflict') return Promise.resolve()
    return (this.#running ??= this.#save().finally(() => { this.#running = undefined }))
  }

  /** Somebody says that another text stands there. What is heard may be older than what is known here, so it is asked for. */
  async hear(text: string): Promise<void> {
    if (text === this.#base || this.state.kind !== 'saved' || this.#running !== undefined) return
    const now = await this.#options.place.read().catch(() => text)
    // Whoever has begun to write meanwhile joins when that is saved.
    if (this.state.kind !== 'saved' || this.#running !== undefined || now === this.#base) return
    this.#meet(now)
    this.#become({ kind: 'saved', joined: true })
  }

  /** Of a conflict: both texts one after the other, to be edited. */
  takeBoth(): void {
    this.#settle((theirs) => `${this.text}\n\n${theirs}`)
  }

  takeMine(): void {
    this.#settle(() => this.text)
    void this.flush()
  }

  takeTheirs(): void {
    this.#settle((theirs) => theirs)
  }

  /** Stores all of it now: whoever writes leaves it, for a moment or for good. */
  async leave(): Promise<void> {
    await this.flush()
    // What was written while an earlier part was on its way.
    if (this.state.kind === 'waiting') await this.flush()
  }

  [Symbol.dispose](): void {
    this.#ended = true
    void this.leave()
  }

  #put(text: string): void {
    if (text === this.text) return
    this.text = text
    if (this.state.kind === 'conflict') return this.#tell()
    this.#failures = 0
    if (text === this.#base && this.#running === undefined) {
      clearTimeout(this.#timer)
      this.#unsavedSince = undefined
      return this.#become({ kind: 'saved', joined: false })
    }
    if (this.#running === undefined) this.#wait()
    this.#tell()
  }

  #wait(): void {
    const now = this.#now()
    this.#unsavedSince ??= now
    this.state = { kind: 'waiting' }
    const due = Math.max(Math.min(now + this.#times.idleMs, this.#unsavedSince + this.#times.mostMs), this.#savedAt + this.#times.apartMs)
    this.#later(due - now)
  }

  #later(ms: number): void {
    clearTimeout(this.#timer)
    if (!this.#ended) this.#timer = setTimeout(() => void this.flush(), ms)
  }

  async #save(): Promise<void> {
    clearTimeout(this.#timer)
    if (this.text === this.#base) return
    // Why it could not be saved stands there until it could.
    if (this.#failures === 0) this.#become({ kind: 'saving' })
    let joined = false
    try {
      while (this.text !== this.#base) {
        const wanted = this.text
        if (await this.#options.place.save(wanted, this.#base)) {
          this.#base = wanted
          break
        }
        const theirs = await this.#options.place.read()
        if (!this.#meet(theirs)) return this.#become({ kind: 'conflict', theirs })
        joined ||= theirs !== wanted
      }
    } catch (error) {
      const explained = this.#options.explain(error)
      this.#become({ kind: 'failed', ...explained })
      if (explained.again) this.#later(Math.min(this.#times.againMs * 2 ** this.#failures, longestPauseMs))
      this.#failures += 1
      return
    }
    this.#failures = 0
    this.#savedAt = this.#now()
    this.#unsavedSince = undefined
    if (this.text === this.#base) return this.#become({ kind: 'saved', joined })
    this.#wait()
    this.#tell()
  }

  /** Joins what stands there with what is written here; false where both have changed the same lines. */
  #meet(theirs: string): boolean {
    const merged = mergeNotes(this.#base, this.text, theirs)
    if (merged === undefined) return false
    // What stands there as it was written here was stored, and its answer was lost.
    if (theirs !== this.text) this.#first = mergeNotes(this.#base, this.#first, theirs) ?? theirs
    this.#base = theirs
    this.text = merged
    return true
  }

  #settle(choose: (theirs: string) => string): void {
    if (this.state.kind !== 'conflict') return
    const { theirs } = this.state
    this.#base = theirs
    this.#first = theirs
    this.text = choose(theirs)
    if (this.text === theirs) this.#become({ kind: 'saved', joined: false })
    else {
      this.#wait()
      this.#tell()
    }
  }

  #become(state: NoteState): void {
    this.state = state
    this.#tell()
  }

  #tell(): void {
    this.#options.keep?.(this.text === this.#base ? undefined : { base: this.#base, text: this.text, first: this.#first })
    this.#options.onChange?.()
  }
}
