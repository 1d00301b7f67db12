import fc from 'fast-check'
import type { Database } from '../platform/db/index.ts'
import type { CompactionLimits } from './compaction.ts'
import { compareInts, compareSpots, compareValues, storedValue, type Spot } from './points.ts'
import { anySpot, append, compact } from './testing.ts'

/** So small that a few points go through everything that millions do. */
export const limits: CompactionLimits = { segments: 3, bytes: 400, chunk: 4, rewrites: 12, bundle: 6, pending: 20 }
export const keys = ['loss', 'acc', 'lr'] as const

export type Command =
  | { readonly kind: 'log'; readonly run: number; readonly points: readonly { key: string; spot: Spot }[] }
  | { readonly kind: 'compact'; readonly run: number }

const anyRun = fc.integer({ min: 1, max: 2 })
// A training loop as well as anything at all: otherwise no chunk would lie wholly before what comes.
const anyLoop = fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 12 })).map(([start, length]) =>
  Array.from({ length }, (_, index): Spot => ({ step: start + index, timestamp: 10 * (start + index), value: Math.sin(start + index) })))
const anyPoints = (any: fc.Arbitrary<Spot>) => fc.oneof(fc.array(any, { minLength: 1, maxLength: 12 }), anyLoop)
  .chain((spots) => fc.array(fc.constantFrom(...keys), { minLength: spots.length, maxLength: spots.length })
    .map((names) => spots.map((spot, index) => ({ key: names[index]!, spot }))))
/** What may happen to a store. */
export const anyCommands = (any = anySpot): fc.Arbitrary<Command[]> => fc.array(fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('log' as const), run: anyRun, points: anyPoints(any) }, { noNullPrototype: true }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('compact' as const), run: anyRun }, { noNullPrototype: true }) },
), { minLength: 1, maxLength: 25 })

export const byStep = (a: Spot, b: Spot): number => compareSpots(a, b)
export const byTime = (a: Spot, b: Spot): number =>
  compareInts(a.timestamp, b.timestamp) || compareInts(a.step, b.step) || compareValues(a.value, b.value)

/** What MLflow would keep: in order, each once. */
export function unique(spots: readonly Spot[], order: (a: Spot, b: Spot) => number): Spot[] {
  const sorted = [...spots].sort(order)
  return sorted.filter((spot, index) => index === 0 || order(sorted[index - 1]!, spot) !== 0)
}

export const asStored = (spot: Spot): Spot => ({ ...spot, value: Number.isNaN(spot.value) ? NaN : storedValue(spot.value) })
/** Does to a database what the commands say, and answers the points of each `run key`. */
export async function runCommands(db: Database, commands: readonly Command[]): Promise<ReadonlyMap<string, readonly Spot[]>> {
  const model = new Map<string, Spot[]>()
  for (const command of commands) {
    if (command.kind === 'compact') {
      await compact(db, command.run, limits)
      continue
    }
    await db.write(append, { run: { id: command.run, experimentId: 1 }, points: command.points.map(({ key, spot }) => ({ key, ...spot })) })
    for (const { key, spot } of command.points) {
      const name = `${command.run} ${key}`
      model.set(name, [...model.get(name) ?? [], spot])
    }
  }
  return model
}
