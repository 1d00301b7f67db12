import type { Run } from '@cairn/protocol'

export interface Column {
  readonly kind: 'metrics' | 'params'
  readonly key: string
  /** Shown as a number: short, and at the right. */
  readonly number: boolean
}

const metricColumns = 6
const paramColumns = 6

/** The columns that tell these runs apart: metrics that most have, and params that are not the same in all. */
export function chooseColumns(runs: readonly Run[]): Column[] {
  const metrics = new Map<string, number>()
  const params = new Map<string, Set<string>>()
  for (const { data } of runs) {
    for (const { key } of data.metrics ?? []) if (!key.startsWith('system/')) metrics.set(key, (metrics.get(key) ?? 0) + 1)
    for (const { key, value } of data.params ?? []) {
      const values = params.get(key) ?? new Set()
      params.set(key, values.add(value))
    }
  }
  const common = [...metrics].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).slice(0, metricColumns)
  const varying = [...params].filter(([, values]) => values.size > 1 || runs.length === 1).sort((a, b) => b[1].size - a[1].size || a[0].localeCompare(b[0])).slice(0, paramColumns)
  return [
    ...common.map(([key]) => ({ kind: 'metrics' as const, key, number: true })),
    ...varying.map(([key, values]) => ({ kind: 'params' as const, key, number: [...values].every((value) => value.trim() !== '' && Number.isFinite(Number(value))) })),
  ]
}

/** The key as the search grammar wants it. */
export const searchKey = ({ kind, key }: Pick<Column, 'kind' | 'key'>): string => `${kind}.${/^[\w.]+$/.test(key) ? key : `\`${key}\``}`
