import { listQuotas, setTeamQuotas, type TeamQuota } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { UserError } from '../../framework/errors.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { givenLimits, limitOptions, quotaTable } from '../../client/quotas.ts'

const named = (quotas: readonly TeamQuota[]) => quotas.map((quota) => ({ ...quota, name: quota.team }))

export const command = defineCommand({
  summary: 'Show or limit what all workspaces of a team may hold together; admins set limits.',
  details: 'A team\'s workspaces are those called TEAM--REPO. A request must fit into the limits of its workspace and of its team. What was deleted counts until it is removed for good (cairn gc). See docs/workspaces.md.',
  args: { name: { summary: 'The team\'s name; all teams without one.', optional: true } },
  options: { ...limitOptions, ...clientOptions },
  examples: [
    ['teams quota', 'usage and limits of all teams whose workspaces you may see'],
    ['teams quota vision --runs 1M --artifact-bytes 2T', 'limits of one, over all its workspaces'],
    ['teams quota vision --runs none', 'back to what the server says for all'],
  ],
  run: async ({ args, options, io, style }) => {
    const connection = connect({ options, io })
    const given = givenLimits(options)
    if (given !== undefined) {
      if (args.name === undefined) throw new UserError('Which team is limited?', 'Give its name: cairn teams quota vision --runs 1M', 2)
      const { quota } = await connection.call(setTeamQuotas, { name: args.name, ...given })
      return { data: quota, text: quotaTable('TEAM', named([quota]), style, io.columns) }
    }
    const { teams } = await connection.call(listQuotas, {})
    const found = args.name === undefined ? teams : teams.filter(({ team }) => team === args.name)
    if (args.name !== undefined && found.length === 0) throw new UserError(`There is no team "${args.name}" with workspaces that you may all see.`, 'A team\'s workspaces are called TEAM--REPO: cairn workspaces list')
    return { data: args.name === undefined ? found : found[0], text: quotaTable('TEAM', named(found), style, io.columns) }
  },
})
