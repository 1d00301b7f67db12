import { listQuotas, setQuotas, type Quota } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { UserError } from '../../framework/errors.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { givenLimits, limitOptions, quotaTable } from '../../client/quotas.ts'

const named = (quotas: readonly Quota[]) => quotas.map((quota) => ({ ...quota, name: quota.workspace }))

export const command = defineCommand({
  summary: 'Show what workspaces hold and may hold, or limit one; limits are for admins to set.',
  details: 'What was deleted counts until it is removed for good (cairn gc). A request that would go beyond a limit is refused with RESOURCE_EXHAUSTED and changes nothing. Without workspaces, "default" is the whole server. All workspaces of a team together are limited by cairn teams quota. See docs/workspaces.md.',
  args: { name: { summary: 'The workspace\'s name; all of them without one.', optional: true } },
  options: { ...limitOptions, ...clientOptions },
  examples: [
    ['workspaces quota', 'usage and limits of all that you may see'],
    ['workspaces quota vision--cats --runs 100k --artifact-bytes 500G', 'limits of one'],
    ['workspaces quota vision--cats --runs none', 'back to what the server says for all'],
  ],
  run: async ({ args, options, io, style }) => {
    const connection = connect({ options, io })
    const given = givenLimits(options)
    if (given !== undefined) {
      if (args.name === undefined) throw new UserError('Which workspace is limited?', 'Give its name: cairn workspaces quota default --runs 100k', 2)
      const { quota } = await connection.call(setQuotas, { workspace_name: args.name, ...given })
      return { data: quota, text: quotaTable('WORKSPACE', named([quota]), style, io.columns) }
    }
    const { quotas } = await connection.call(listQuotas, {})
    const found = args.name === undefined ? quotas : quotas.filter(({ workspace }) => workspace === args.name)
    if (args.name !== undefined && found.length === 0) throw new UserError(`There is no workspace "${args.name}" that you may see.`)
    return { data: args.name === undefined ? found : found[0], text: quotaTable('WORKSPACE', named(found), style, io.columns) }
  },
})
