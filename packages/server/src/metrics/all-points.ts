import { keyNames } from '../keys/index.ts'
import type { Reader } from '../platform/db/index.ts'
import { history } from './history.ts'
import { loggedKeys } from './metrics-store.ts'
import { stepAt, timestampAt } from './points.ts'
import type { LoggedPoint } from './segment.ts'

/** Every point of a run, key by key in MLflow's order, in lists of some thousand: NaN and infinities as they were logged. */
export async function* pointsOfRun(tx: Reader, runId: number): AsyncGenerator<LoggedPoint[]> {
  const keyIds = await loggedKeys(tx, runId)
  const names = await keyNames(tx, [keyIds.map((keyId) => [keyId])], 0)
  for (const keyId of keyIds) {
    const key = names.get(keyId)!
    for await (const block of history(tx, runId, keyId)) {
      yield Array.from({ length: block.count }, (_, at) => ({ key, value: block.values[at]!, timestamp: timestampAt(block, at), step: stepAt(block, at) }))
    }
  }
}
