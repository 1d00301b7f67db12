import type { Entry, Shelf } from '../artifacts/shelf.ts'

/** Folders that are asked for at once. */
const atOnce = 6

/** Goes through the folders of a shelf, some at a time: there may be many thousand. */
export class FileWalk {
  readonly shelf: Shelf
  readonly files = new Map<string, Entry>()
  /** Folders that were looked through. */
  read = 0
  #waiting: string[] = ['']
  #turn: Promise<void> = Promise.resolve()

  constructor(shelf: Shelf) {
    this.shelf = shelf
  }

  /** Folders that are known and were not looked through. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Looks through folders until so many were in all, those in which `file` may be first and in any case. One after the other. */
  go(most: number, file = ''): Promise<void> {
    return (this.#turn = this.#turn.catch(() => {}).then(() => this.#through(most, file)))
  }

  async #through(most: number, file: string): Promise<void> {
    while (this.#waiting.length > 0) {
      const leading = this.#waiting.filter((folder) => folder === '' || file.startsWith(`${folder}/`))
      const next = leading.length > 0 ? leading : this.#waiting.slice(0, Math.max(0, Math.min(atOnce, most - this.read)))
      if (next.length === 0) return
      const lists = await Promise.all(next.map((folder) => this.shelf.list(folder)))
      const done = new Set(next)
      this.#waiting = this.#waiting.filter((folder) => !done.has(folder))
      this.read += next.length
      for (const entry of lists.flat()) {
        if (entry.folder) this.#waiting.push(entry.path)
        else this.files.set(entry.path, entry)
      }
    }
  }
}
