import type { Look } from '@cairn/charts'
import { lookOf, seriesColors } from '../../ui/looks.ts'

/** A number that depends on all of the text (FNV-1a). */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value >>> 0
}

/**
 * Who is drawn how. It follows the name and not the place in a list: sorting and filtering change no
 * colour. Each name has a colour of its own that it gets when it is free, else the next free one; whoever
 * has one keeps it.
 */
export class LookBook {
  readonly #places: Map<string, number>
  readonly #taken: Set<number>

  /** With the looks that some had before. */
  constructor(before: readonly (readonly [name: string, place: number])[] = []) {
    this.#places = new Map(before)
    this.#taken = new Set(this.#places.values())
  }

  /** Who has which, the ones that came last in the end. */
  get places(): [name: string, place: number][] {
    return [...this.#places]
  }

  /** Gives looks to those that have none, in an order that does not depend on the list's. */
  take(names: readonly string[]): void {
    for (const name of names.filter((one) => !this.#places.has(one)).toSorted()) {
      const wanted = hash(name) % seriesColors
      let place = 0
      for (let round = 0; ; round += 1) {
        const found = Array.from({ length: seriesColors }, (_, step) => round * seriesColors + (wanted + step) % seriesColors).find((one) => !this.#taken.has(one))
        if (found === undefined) continue
        place = found
        break
      }
      this.#places.set(name, place)
      this.#taken.add(place)
    }
  }

  of(name: string): Look {
    if (!this.#places.has(name)) this.take([name])
    return lookOf(this.#places.get(name)!)
  }
}

/** Looks that a browser remembers of one experiment. */
const remembered = 1000

/** The book of an experiment, as this browser knows it. What is stored there and cannot be read is forgotten. */
export function openBook(storage: Storage, name: string): LookBook {
  try {
    const before: unknown = JSON.parse(storage.getItem(name) ?? '[]')
    if (Array.isArray(before) && before.every((one): one is [string, number] => Array.isArray(one) && typeof one[0] === 'string' && Number.isInteger(one[1]) && one[1] >= 0)) return new LookBook(before)
  } catch { /* Not ours. */ }
  return new LookBook()
}

export function keepBook(storage: Storage, name: string, book: LookBook): void {
  try {
    storage.setItem(name, JSON.stringify(book.places.slice(-remembered)))
  } catch { /* A full storage keeps nothing; the colours are only as old as the page then. */ }
}
