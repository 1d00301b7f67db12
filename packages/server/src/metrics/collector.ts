import { ColumnReader } from './columns.ts'
import { concat, noPoints, sortUnique, type Points } from './points.ts'
import { segmentGroups, segmentPoints } from './segment.ts'

/** Points of one key, gathered one by one. */
interface Loose {
  readonly steps: number[]
  readonly timestamps: number[]
  readonly values: number[]
}

/**
 * Gathers segments by key. Segments of a single point, which log-metric leaves by the thousand, are
 * read without a typed array each: compaction takes 1.5 instead of 4.5 µs for each.
 */
export class SegmentCollector {
  readonly #only: number | undefined
  readonly #parts = new Map<number, Points[]>()
  readonly #loose = new Map<number, Loose>()

  /** With a key, everything else is passed over. */
  constructor(only?: number) {
    this.#only = only
  }

  add(bytes: Uint8Array): void {
    if (this.#addSingle(bytes)) return
    if (this.#only !== undefined) {
      const points = segmentPoints(bytes, this.#only)
      if (points !== undefined) this.#addPart(this.#only, points)
      return
    }
    for (const [keyId, points] of segmentGroups(bytes)) this.#addPart(keyId, points)
  }

  #addPart(keyId: number, points: Points): void {
    const known = this.#parts.get(keyId)
    if (known === undefined) this.#parts.set(keyId, [points])
    else known.push(points)
  }

  /** Version 1, one key, its id, one point, step and timestamp in the mode `arithmetic`, the value. */
  #addSingle(bytes: Uint8Array): boolean {
    if (bytes.length > 40 || bytes[0] !== 1 || bytes[1] !== 1) return false
    const reader = new ColumnReader(bytes, 2)
    const keyId = reader.varint()
    if (reader.byte() !== 1 || reader.byte() !== 0) return false
    const step = reader.zigzag()
    if (reader.byte() !== 0) return false
    const timestamp = reader.zigzag()
    const value = reader.double()
    if (this.#only !== undefined && keyId !== this.#only) return true
    let loose = this.#loose.get(keyId)
    if (loose === undefined) this.#loose.set(keyId, loose = { steps: [], timestamps: [], values: [] })
    loose.steps.push(step)
    loose.timestamps.push(timestamp)
    loose.values.push(value)
    return true
  }

  get keyIds(): number[] {
    return [...new Set([...this.#parts.keys(), ...this.#loose.keys()])].sort((a, b) => a - b)
  }

  /** Sorted by step, timestamp, value; without exact duplicates. */
  points(keyId: number): Points {
    const parts = [...this.#parts.get(keyId) ?? []]
    const loose = this.#loose.get(keyId)
    if (loose !== undefined) {
      parts.push({
        count: loose.steps.length, steps: Float64Array.from(loose.steps),
        timestamps: Float64Array.from(loose.timestamps), values: Float64Array.from(loose.values),
      })
    }
    return parts.length === 0 ? noPoints : sortUnique(concat(parts))
  }
}
