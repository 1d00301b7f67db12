import { listQuotas, parseQuota, quotaKinds, quotaWords, setQuotas, type Quota, type QuotaKind } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { UserError } from '../../framework/errors.ts'
import { formatBytes } from '../../framework/format.ts'
import type { Style } from '../../framework/io.ts'
import { table } from '../../framework/table.ts'
import { clientOptions, connect } from '../../client/connection.ts'

const limit = (summary: string) => ({ kind: 'text', value: 'N', summary }) as const

export const command = defineCommand({
  summary: 'Show what workspaces hold and may hold, or limit one; limits are for admins to set.',
  details: 'What was deleted counts until it is removed for good (cairn gc). A request that would go beyond a limit is refused with RESOURCE_EXHAUSTED and changes nothing. Without workspaces, "default" is the whole server. See docs/workspaces.md.',
  args: { name: { summary: 'The workspace\'s name; all of them without one.', optional: true } },
  options: {
    'runs': limit('At most so many runs: 5000, 100k; none takes the limit away.'),
    'experiments': limit('At most so many experiments.'),
    'points': limit('At most so many metric points: 500M, 2G.'),
    'artifact-bytes': limit('At most so many bytes of artifacts: 500G.'),
    'registered-models': limit('At most so many registered models.'),
    ...clientOptions,
  },
  examples: [
    ['workspaces quota', 'usage and limits of all that you may see'],
    ['workspaces quota vision--cats --runs 100k --artifact-bytes 500G', 'limits of one'],
    ['workspaces quota vision--cats --runs none', 'back to what the server says for all'],
  ],
  run: async ({ args, options, io, style }) => {
    const connection = connect({ options, io })
    const given: Partial<Record<QuotaKind, number>> = {}
    for (const kind of quotaKinds) {
      const text = options[kind.replaceAll('_', '-') as keyof typeof options] as string | undefined
      if (text === undefined) continue
      const most = text === 'none' ? -1 : parseQuota(kind, text)
      if (most === undefined) throw new UserError(`"${text}" is no limit.`, 'Give a whole number, with k, M, G or T behind it where it is large, or none.', 2)
      given[kind] = most
    }
    if (Object.keys(given).length > 0) {
      if (args.name === undefined) throw new UserError('Which workspace is limited?', 'Give its name: cairn workspaces quota default --runs 100k', 2)
      const { quota } = await connection.call(setQuotas, { workspace_name: args.name, ...given })
      return { data: quota, text: shown([quota], style, io.columns) }
    }
    const { quotas } = await connection.call(listQuotas, {})
    const found = args.name === undefined ? quotas : quotas.filter(({ workspace }) => workspace === args.name)
    if (args.name !== undefined && found.length === 0) throw new UserError(`There is no workspace "${args.name}" that you may see.`)
    return { data: args.name === undefined ? found : found[0], text: shown(found, style, io.columns) }
  },
})

function shown(quotas: readonly Quota[], style: Style, columns: number | undefined): string {
  const rows = quotas.flatMap(({ workspace, limits, usage }) => quotaKinds.map((kind) => ({ workspace, kind, most: limits[kind], used: usage[kind] })))
  const amount = (kind: QuotaKind, value: number | bigint | undefined): string => (value === undefined ? '' : kind === 'artifact_bytes' ? formatBytes(Number(value)) : String(value))
  const share = (most: number | bigint | undefined, used: number | bigint | undefined): number | undefined => (most === undefined || used === undefined ? undefined : Number(most) === 0 ? 100 : Math.floor(Number(used) / Number(most) * 100))
  return table(rows, [
    { title: 'WORKSPACE', value: ({ workspace }) => workspace, paint: style.cyan },
    { title: 'WHAT', value: ({ kind }) => quotaWords[kind] },
    { title: 'USED', value: ({ kind, used, most }) => (used === undefined ? (most === undefined ? 'not measured' : 'being measured') : amount(kind, used)), align: 'right' },
    { title: 'LIMIT', value: ({ kind, most }) => amount(kind, most) || 'none', align: 'right' },
    { title: '', value: ({ most, used }) => (share(most, used) === undefined ? '' : `${share(most, used)}%`), align: 'right', paint: (text, { most, used }) => ((share(most, used) ?? 0) >= 100 ? style.red(text) : (share(most, used) ?? 0) >= 80 ? style.yellow(text) : text) },
  ], style, columns)
}
