import { randomBytes } from 'node:crypto'
import * as api from '@cairn/protocol'
import { CairnError, invalid, parseQuota, quotaKinds } from '@cairn/protocol'
import { listEntries } from '../audit/index.ts'
import { complaintOf, formOf, redirect } from '../forms/index.ts'
import type { Database } from '../platform/db/index.ts'
import { route, type Context, type Reply, type Route } from '../platform/http/index.ts'
import type { Quotas } from '../quotas/index.ts'
import { newToken, tokenOperations as tokens } from '../sign-in/index.ts'
import { checkUsername, grantOperations as grants, roleOperations as roles, teamOperations as teams, type Passwords, type UserOperations } from '../users/index.ts'
import { authorOf, workspaceOf } from '../workspaces/index.ts'
import { auditView, quotasView, teamsView, userView, usersView, type Said } from './views.ts'
import { words } from './words.ts'

export interface AdminDeps {
  readonly db: Database
  readonly users: UserOperations
  readonly passwords: Passwords
  /** Told after each change to who may sign in and what they may do. */
  changed(): void
  readonly quotas: Quotas
}

/** 144 bits, which nobody guesses and somebody can still type. */
const newPassword = (): string => randomBytes(18).toString('base64url')

/** Pages for admins, without script. A form is answered by the page that it was on, or by a redirect to it. */
export function adminRoutes({ db, users, passwords, changed, quotas }: AdminDeps): Route[] {
  const showUsers = async ({ staticPrefix }: Context, said: Said = {}): Promise<Reply> => usersView(staticPrefix, await db.scan(users.list, null), said)
  const showTeams = async ({ staticPrefix, principal }: Context, said: Said = {}): Promise<Reply> => teamsView(staticPrefix, await db.scan(teams.list, { workspace: workspaceOf(principal).name }), said)
  const showQuotas = async ({ staticPrefix }: Context, said: Said = {}): Promise<Reply> => quotasView(staticPrefix, await quotas.all(), said)
  const changeQuota = async (form: URLSearchParams, context: Context): Promise<void> => {
    const kind = quotaKinds.find((one) => one === form.get('kind'))
    const given = text(form, 'most').trim()
    const most = kind === undefined ? undefined : given === 'none' ? -1 : parseQuota(kind, given)
    if (kind === undefined || most === undefined) throw invalid(words.noLimit(given))
    const team = text(form, 'team')
    await (team === '' ? quotas.set(text(form, 'workspace'), { [kind]: most }, context) : quotas.setTeam(team, { [kind]: most }, context))
  }
  const showUser = async (context: Context, username: string, said: Said = {}): Promise<Reply> => {
    const [user, { permissions }, list] = await Promise.all([db.read(users.get, { username }), db.read(roles.permissionsOfUser, { username }), db.read(tokens.list, { username })])
    return userView(context.staticPrefix, { ...user, self: username === context.principal.name, permissions, tokens: list }, said)
  }

  /** What was made and is shown only now, if anything. */
  async function changeUser(form: URLSearchParams, context: Context): Promise<Said['made']> {
    const username = text(form, 'username')
    switch (form.get('do')) {
      case 'create': {
        checkUsername(username)
        const kind = form.get('kind')
        const password = kind === 'service' ? undefined : newPassword()
        await db.write(users.create, {
          username, password_hash: password === undefined ? null : await passwords.hash(password), is_admin: kind === 'admin', kind: kind === 'service' ? 'service' : 'person', author: authorOf(context),
        })
        return password === undefined ? undefined : { what: words.thePasswordOf(username), text: password }
      }
      case 'password': {
        const password = newPassword()
        await db.write(users.setPassword, { username, password_hash: await passwords.hash(password), author: authorOf(context) })
        return { what: words.theNewPasswordOf(username), text: password }
      }
      case 'admin': case 'no-admin':
        await db.write(users.makeAdmin, { username, is_admin: form.get('do') === 'admin', author: authorOf(context) })
        return undefined
      case 'grant':
        await db.write(grants.grant, { workspace: workspaceOf(context.principal).name, username, resource_type: text(form, 'resource_type'), resource_id: text(form, 'resource_id'), permission: text(form, 'permission'), author: authorOf(context) })
        return undefined
      case 'revoke':
        await db.write(grants.revoke, { workspace: workspaceOf(context.principal).name, username, resource_type: text(form, 'resource_type'), resource_id: text(form, 'resource_id'), author: authorOf(context) })
        return undefined
      case 'token': {
        const { text: token, row } = newToken({ username, name: text(form, 'name'), scopes: [text(form, 'scope')], author: authorOf(context) })
        await db.write(tokens.create, row)
        return { what: words.theNewTokenOf(username), text: token }
      }
      case 'end-token':
        await db.write(tokens.remove, { token_id: text(form, 'token_id'), owner: undefined, author: authorOf(context) })
        return undefined
      case 'delete':
        if (username === context.principal.name) throw new CairnError('BAD_REQUEST', words.nobodyDeletesThemselves)
        if (form.get('confirm') !== username) throw invalid(words.typeTheName(username))
        await db.write(users.remove, { username, author: authorOf(context) })
        return undefined
      default: throw unknownChange()
    }
  }

  async function changeTeam(form: URLSearchParams, context: Context): Promise<void> {
    const name = text(form, 'name')
    const by = { author: authorOf(context) }
    switch (form.get('do')) {
      case 'create': return void await db.write(teams.create, { name, description: form.get('description') ?? '', ...by })
      case 'delete': return db.write(teams.remove, { name, ...by })
      case 'add': return void await db.write(teams.addMember, { name, username: text(form, 'username'), manager: form.get('manager') === 'yes', ...by })
      case 'remove': return db.write(teams.removeMember, { name, username: text(form, 'username'), ...by })
      case 'grant': return void await db.write(teams.grant, { name, resource_type: text(form, 'resource_type'), resource_id: text(form, 'resource_id'), permission: text(form, 'permission'), ...by })
      case 'revoke': return db.write(teams.revoke, { name, resource_type: text(form, 'resource_type'), resource_id: text(form, 'resource_id'), ...by })
      default: throw unknownChange()
    }
  }

  return [
    route(api.adminPage, (_input, context) => showUsers(context)),
    route(api.adminUserPage, ({ username }, context) => showUser(context, username)),
    route(api.changeUsers, async (_input, context) => {
      const form = await formOf(context)
      const username = text(form, 'username')
      let made: Said['made']
      const said = await complaintOf(async () => { made = await changeUser(form, context) })
      changed()
      const gone = (form.get('do') === 'delete' && said === undefined) || (form.get('do') === 'create' && said !== undefined)
      if (said === undefined && made === undefined) return redirect(`${context.staticPrefix}/admin${gone ? '' : `/users/${encodeURIComponent(username)}`}`)
      return gone ? showUsers(context, { said }) : showUser(context, username, { said, made })
    }),
    route(api.adminTeamsPage, (_input, context) => showTeams(context)),
    route(api.changeTeams, async (_input, context) => {
      const form = await formOf(context)
      const said = await complaintOf(() => changeTeam(form, context))
      changed()
      return said === undefined ? redirect(`${context.staticPrefix}/admin/teams`) : showTeams(context, { said })
    }),
    route(api.adminQuotasPage, (_input, context) => showQuotas(context)),
    route(api.changeQuotas, async (_input, context) => {
      const form = await formOf(context)
      const said = await complaintOf(() => changeQuota(form, context))
      return said === undefined ? redirect(`${context.staticPrefix}/admin/quotas`) : showQuotas(context, { said })
    }),
    route(api.adminAuditPage, async ({ action, page_token }, { staticPrefix }) => {
      const wanted = action || undefined
      const { entries, next_page_token } = await db.scan(listEntries, { max_results: 100, ...(wanted !== undefined && { action: wanted }), ...(page_token !== undefined && { page_token }) })
      return auditView(staticPrefix, { entries, action: wanted, next: next_page_token })
    }),
  ]
}

const text = (form: URLSearchParams, name: string): string => form.get(name) ?? ''
const unknownChange = (): CairnError => invalid(words.unknownChange)
