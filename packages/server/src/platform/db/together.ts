import type { Awaitable } from './awaitable.ts'
import type { Reader } from './types.ts'

/**
 * Does what does not depend on each other: at once where statements travel, so that they do in one
 * packet; one after the other where they do not, as long as nobody is served by more.
 */
export async function together<Item, Result>(tx: Reader, items: readonly Item[], ask: (item: Item) => Awaitable<Result>): Promise<Result[]> {
  if (tx.remote) return Promise.all(items.map(ask))
  const results: Result[] = []
  for (const item of items) results.push(await ask(item))
  return results
}
