import { parseQuota, quotaKinds, quotaWords, type Quota, type QuotaKind } from '@cairn/protocol'
import { UserError } from '../framework/errors.ts'
import { formatBytes } from '../framework/format.ts'
import type { Style } from '../framework/io.ts'
import { table } from '../framework/table.ts'

const limit = (summary: string) => ({ kind: 'text', value: 'N', summary }) as const

/** One option for each kind of limit. */
export const limitOptions = {
  'runs': limit('At most so many runs: 5000, 100k; none takes the limit away.'),
  'experiments': limit('At most so many experiments.'),
  'points': limit('At most so many metric points: 500M, 2G.'),
  'artifact-bytes': limit('At most so many bytes of artifacts: 500G.'),
  'registered-models': limit('At most so many registered models.'),
} as const

/** The limits that were given, -1 for `none`; undefined where none was. */
export function givenLimits(options: { readonly [K in keyof typeof limitOptions]?: string | undefined }): Partial<Record<QuotaKind, number>> | undefined {
  const given: Partial<Record<QuotaKind, number>> = {}
  for (const kind of quotaKinds) {
    const text = options[kind.replaceAll('_', '-') as keyof typeof limitOptions]
    if (text === undefined) continue
    const most = text === 'none' ? -1 : parseQuota(kind, text)
    if (most === undefined) throw new UserError(`"${text}" is no limit.`, 'Give a whole number, with k, M, G or T behind it where it is large, or none.', 2)
    given[kind] = most
  }
  return Object.keys(given).length === 0 ? undefined : given
}

/** Usage and limits of workspaces or teams, a line for each kind. */
export function quotaTable(title: string, quotas: readonly (Pick<Quota, 'limits' | 'usage'> & { readonly name: string })[], style: Style, columns: number | undefined): string {
  const rows = quotas.flatMap(({ name, limits, usage }) => quotaKinds.map((kind) => ({ name, kind, most: limits[kind], used: usage[kind] })))
  const amount = (kind: QuotaKind, value: number | bigint | undefined): string => (value === undefined ? '' : kind === 'artifact_bytes' ? formatBytes(Number(value)) : String(value))
  const share = (most: number | bigint | undefined, used: number | bigint | undefined): number | undefined => (most === undefined || used === undefined ? undefined : Number(most) === 0 ? 100 : Math.floor(Number(used) / Number(most) * 100))
  return table(rows, [
    { title, value: ({ name }) => name, paint: style.cyan },
    { title: 'WHAT', value: ({ kind }) => quotaWords[kind] },
    { title: 'USED', value: ({ kind, used, most }) => (used === undefined ? (most === undefined ? 'not measured' : 'being measured') : amount(kind, used)), align: 'right' },
    { title: 'LIMIT', value: ({ kind, most }) => amount(kind, most) || 'none', align: 'right' },
    { title: '', value: ({ most, used }) => (share(most, used) === undefined ? '' : `${share(most, used)}%`), align: 'right', paint: (text, { most, used }) => ((share(most, used) ?? 0) >= 100 ? style.red(text) : (share(most, used) ?? 0) >= 80 ? style.yellow(text) : text) },
  ], style, columns)
}
