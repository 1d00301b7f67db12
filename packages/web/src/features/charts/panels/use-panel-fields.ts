import { useMemo } from 'react'
import type { Keys } from '../../runs/columns.ts'
import type { Brush } from './brushes.ts'
import type { FieldId } from './columns.ts'
import { fieldsOf, isFileKind, rolesOf, type Panel } from './panel.ts'

/** Params that an importance is worked out of when none is named. */
const mostParams = 40
const always: readonly FieldId[] = ['attributes.run_name', 'attributes.start_time']

/** Every field that the panels, what is chosen and what lines are grouped by need; none where there is no panel. */
export function usePanelFields(panels: readonly Panel[], brushes: readonly Brush[], keys: Keys, groups: readonly FieldId[]): { readonly fields: readonly FieldId[]; readonly params: readonly FieldId[] } {
  const params = useMemo(() => keys.params.filter(({ varies }) => varies === true).slice(0, mostParams).map(({ key }) => `params.${key}`), [keys])
  const fields = useMemo(() => {
    // What a row says of itself needs no asking.
    const grouped = groups.filter((field) => field.startsWith('metrics.'))
    if (panels.every(({ kind }) => isFileKind(kind)) && brushes.length === 0 && grouped.length === 0) return []
    const asks = panels.some((panel) => panel.kind === 'importance' && rolesOf(panel, 'field').length === 0)
    return [...new Set([...always, ...panels.flatMap(fieldsOf), ...brushes.map(({ field }) => field), ...grouped, ...(asks ? params : [])])]
  }, [panels, brushes, params, groups])
  return { fields, params }
}
