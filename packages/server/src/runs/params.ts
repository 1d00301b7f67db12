import type { Param } from '@cairn/protocol'
import type { Writer } from '../platform/db/index.ts'
import { findParam, type RunKey } from './runs-store.ts'

export interface ChangedParam {
  readonly key: string
  readonly old_value: string
  readonly new_value: string
}

/** Sorts params into those to store and those that would change a stored value, which is refused. */
export async function checkParams(tx: Writer, run: RunKey, params: readonly Param[]): Promise<[fresh: Param[], changed: ChangedParam[]]> {
  const fresh: Param[] = []
  const changed: ChangedParam[] = []
  for (const param of params) {
    const stored = await findParam(tx, run, param.key)
    const value = param.value ?? ''
    if (stored === undefined) fresh.push(param)
    else if (stored !== value) changed.push({ key: param.key, old_value: stored, new_value: value })
  }
  return [fresh, changed]
}
