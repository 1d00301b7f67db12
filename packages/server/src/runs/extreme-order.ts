import { decodePageToken, encodePageToken, invalid, invalidPageToken, parseRunOrder } from '@cairn/protocol'
import { findKey } from '../keys/index.ts'
import { extremesOf, type Extremes } from '../metrics/index.ts'
import type { Reader } from '../platform/db/index.ts'
import { findRuns, type RunQuery } from './search/plan.ts'
import type { Found } from './search/select.ts'

/** An order by the least or the greatest of all points of a metric, which no index knows. */
export interface ExtremeOrder {
  readonly key: string
  readonly of: 'low' | 'high'
  readonly descending: boolean
  /** By which runs that are alike, or lack it, follow each other. */
  readonly rest: readonly string[]
}

/** Runs that are put in order so; of more nobody waits for the answer. */
export const mostRuns = 20_000
const form = /^\s*(min|max)\s*\(\s*metrics?\.(?:`([^`]+)`|"([^"]+)"|([^\s`"()]+))\s*\)(?:\s+(asc|desc))?\s*$/i

/** `max(metrics.auc) DESC` in front of what MLflow's search takes; undefined for an order without it. */
export function extremeOrder([first = '', ...rest]: readonly string[] = []): ExtremeOrder | undefined {
  const match = form.exec(first)
  if (match === null) return undefined
  const [, of, ...names] = match
  return { key: (names[0] ?? names[1] ?? names[2])!, of: of!.toLowerCase() === 'min' ? 'low' : 'high', descending: match[5]?.toLowerCase() === 'desc', rest }
}

export interface ExtremePage {
  readonly skip: number
  readonly limit: number
}

/** A page of runs in that order; runs without a finite point come last, whichever the direction. */
export async function findByExtreme(tx: Reader, which: Omit<RunQuery, 'order' | 'limit'>, { key, of, descending, rest }: ExtremeOrder, { skip, limit }: ExtremePage): Promise<Found[]> {
  const found = await findRuns(tx, { ...which, order: parseRunOrder([...rest]), limit: mostRuns + 1 })
  if (found.length > mostRuns) throw invalid(`Up to ${mostRuns} runs can be ordered by the lowest or highest of their points. Here are more: filter them, or order by the last value.`)
  const keyId = await findKey(tx, key)
  const extremes = keyId === undefined ? new Map<number, Extremes>() : await extremesOf(tx, found.map(({ id }) => id), keyId)
  const [having, lacking] = [found.filter(({ id }) => extremes.has(id)), found.filter(({ id }) => !extremes.has(id))]
  const sign = descending ? -1 : 1
  having.sort((a, b) => sign * (extremes.get(a.id)![of] - extremes.get(b.id)![of]))
  return [...having, ...lacking].slice(skip, skip + limit)
}

/** Pages of this order are counted: a token is the number of runs before it. */
export const encodeSkip = (skip: number): string => encodePageToken({ skip })

export function decodeSkip(token: string | undefined): number | undefined {
  const parsed = decodePageToken(token)
  if (parsed === undefined) return undefined
  const { skip } = parsed
  if (!Number.isSafeInteger(skip) || (skip as number) < 0) throw invalidPageToken(parsed)
  return skip as number
}
