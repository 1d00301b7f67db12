import * as api from '@cairn/protocol'
import type { Database } from '../platform/db/index.ts'
import { route, type Route } from '../platform/http/index.ts'
import { accessOf } from './access.ts'
import { teamOperations as teams } from './teams.ts'
import { authorOf, workspaceOf } from '../workspaces/index.ts'

export interface TeamDeps {
  readonly db: Database
  /** Told after each change to who is in a team and what it may do. */
  changed(): void
}

const nothing = {}

export function teamRoutes({ db, changed }: TeamDeps): Route[] {
  const done = async <T>(written: Promise<T>): Promise<T> => {
    const answer = await written
    changed()
    return answer
  }
  return [
    route(api.createTeam, async (input, context) => ({ team: await done(db.write(teams.create, { ...input, author: authorOf(context) })) })),
    route(api.listTeams, async (_input, { principal }) => {
      const access = accessOf(principal)
      return { teams: await db.scan(teams.list, { user_id: access?.managesTeams === true ? undefined : access?.userId, workspace: workspaceOf(principal).name }) }
    }),
    route(api.getTeam, async ({ name }, { principal }) => ({ team: await db.read(teams.get, { name, workspace: workspaceOf(principal).name }) })),
    route(api.deleteTeam, async ({ name }, context) => {
      await done(db.write(teams.remove, { name, author: authorOf(context) }))
      return nothing
    }),
    route(api.addTeamMember, async (input, context) => ({ team: await done(db.write(teams.addMember, { ...input, author: authorOf(context) })) })),
    route(api.removeTeamMember, async (input, context) => {
      await done(db.write(teams.removeMember, { ...input, author: authorOf(context) }))
      return nothing
    }),
    route(api.grantTeamPermission, async (input, context) => {
      const team = await done(db.write(teams.grant, { ...input, author: authorOf(context) }))
      // Whoever may grant need not be one who may see who is in the team.
      const seen = accessOf(context.principal)?.managesTeams === true || team.members.some(({ username }) => username === context.principal.name)
      return { team: seen ? team : { ...team, members: [] } }
    }),
    route(api.revokeTeamPermission, async (input, context) => {
      await done(db.write(teams.revoke, { ...input, author: authorOf(context) }))
      return nothing
    }),
  ]
}
