import { permissionLevels, quotaKinds, quotaWords, resourceTypes, type AuditEntry, type Quota, type Team, type TeamQuota, type Token, type UserPermission, type UserWithRoles } from '@cairn/protocol'
import { html, page, type Html } from '../forms/index.ts'
import type { Reply } from '../platform/http/index.ts'

/** What happened to the form that was sent, and what is shown only now. */
export interface Said {
  readonly said?: string | undefined
  /** A password or token, with what it is. */
  readonly made?: { readonly what: string; readonly text: string } | undefined
}

const tabs = ['Users', 'Teams', 'Quotas', 'Audit'] as const
const paths: Record<(typeof tabs)[number], string> = { Users: '/admin', Teams: '/admin/teams', Quotas: '/admin/quotas', Audit: '/admin/audit' }

function adminPage(prefix: string, tab: (typeof tabs)[number], title: string, { said, made }: Said, content: Html, here = true): Reply {
  const links = [{ to: `${prefix}/`, text: 'To Cairn' }, ...tabs.map((text) => (text === tab && here ? { text } : { text, to: prefix + paths[text] }))]
  return page(prefix, { title, links, status: said === undefined ? 200 : 400 }, html`<h1>${title}</h1>
${said === undefined ? undefined : html`<p class="bad" role="alert">${said}</p>`}
${made === undefined ? undefined : html`<p role="status">${made.what}. Copy it now: it is not shown again.</p><code>${made.text}</code>`}
${content}`)
}

const time = (at: number | bigint | undefined): string => (at === undefined ? '—' : new Date(Number(at)).toISOString().slice(0, 16).replace('T', ' '))
const roleName = (name: string): string => name.replace(/^__user_.*/, 'own grant').replace(/^__team_(.*)__$/, 'team $1')
const shownRoles = (roles: UserWithRoles['roles']): string => roles.filter(({ name }) => !name.startsWith('__user_')).map(({ name }) => roleName(name)).join(', ') || '—'

/** A button that sends fields. */
const button = (action: string, fields: Readonly<Record<string, string>>, text: string, label = text): Html =>
  html`<form method="post" action="${action}">${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}<button class="plain" aria-label="${label}">${text}</button></form>`

const kindOf = ({ kind, is_admin }: { kind?: string; is_admin: boolean }): string => (kind === 'service' ? 'service account' : is_admin ? 'admin' : 'user')

export function usersView(prefix: string, users: readonly UserWithRoles[], said: Said): Reply {
  return adminPage(prefix, 'Users', 'Users', said, html`<div class="wide" role="region" aria-label="Users" tabindex="0"><table>
<thead><tr><th scope="col">Name</th><th scope="col">Kind</th><th scope="col">Teams and roles</th></tr></thead>
<tbody>${users.map((user) => html`<tr><td><a href="${prefix}/admin/users/${encodeURIComponent(user.username)}">${user.username}</a></td><td>${kindOf(user)}</td><td>${shownRoles(user.roles)}</td></tr>`)}</tbody>
</table></div>
<h2>Add somebody</h2>
<form method="post" action="${prefix}/admin/users">
<input type="hidden" name="do" value="create">
<label for="username">Name</label>
<input id="username" name="username" autocomplete="off" required>
<label for="kind">Kind</label>
<select id="kind" name="kind"><option value="person">user, who signs in by a password that is shown next</option><option value="admin">admin, who may do everything</option><option value="service">service account, for programs: tokens only</option></select>
<button>Add</button>
</form>`)
}

const resourceFields = html`<label for="resource_type">On</label>
<select id="resource_type" name="resource_type">${Object.keys(resourceTypes).filter((type) => type !== 'workspace').map((type) => html`<option>${type}</option>`)}</select>
<label for="resource_id">Id or name (* for all)</label>
<input id="resource_id" name="resource_id" required>
<label for="permission">Level</label>
<select id="permission" name="permission">${permissionLevels.filter((level) => level !== 'NO_PERMISSIONS').map((level) => html`<option>${level}</option>`)}</select>`

export interface UserFacts {
  readonly username: string
  readonly kind?: string
  readonly is_admin: boolean
  /** Whether this is who looks. */
  readonly self: boolean
  readonly permissions: readonly UserPermission[]
  readonly tokens: readonly Token[]
}

export function userView(prefix: string, user: UserFacts, said: Said): Reply {
  const { username } = user
  const action = `${prefix}/admin/users`
  const of = (what: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({ do: what, username, ...more })
  return adminPage(prefix, 'Users', username, said, html`<p>${kindOf(user)}</p>
<div class="row">${user.kind === 'service' ? undefined : button(action, of('password'), 'New password')}${user.kind === 'service' ? undefined : button(action, of(user.is_admin ? 'no-admin' : 'admin'), user.is_admin ? 'No longer an admin' : 'Make an admin')}</div>
<h2>May do</h2>
${user.is_admin ? html`<p>Everything.</p>` : html`<div class="wide" role="region" aria-label="Rights" tabindex="0"><table>
<thead><tr><th scope="col">On</th><th scope="col">Level</th><th scope="col">By</th><th scope="col"><span class="unseen">Action</span></th></tr></thead>
<tbody>${user.permissions.map(({ resource_type, resource_pattern, permission, role_name }) => html`<tr><td>${resource_type}:${resource_pattern}</td><td>${permission}</td><td>${roleName(role_name)}</td><td>${role_name.startsWith('__user_') ? button(action, of('revoke', { resource_type, resource_id: resource_pattern }), 'Revoke', `Revoke ${permission} on ${resource_type}:${resource_pattern}`) : undefined}</td></tr>`)}</tbody>
</table></div>
<form method="post" action="${action}">
<input type="hidden" name="do" value="grant"><input type="hidden" name="username" value="${username}">
${resourceFields}
<button>Grant</button>
</form>`}
<h2>Tokens</h2>
<div class="wide" role="region" aria-label="Tokens" tabindex="0"><table>
<thead><tr><th scope="col">Name</th><th scope="col">Scopes</th><th scope="col">Last used</th><th scope="col">Ends</th><th scope="col"><span class="unseen">Action</span></th></tr></thead>
<tbody>${user.tokens.map((token) => html`<tr><td>${token.name}</td><td>${token.scopes.join(', ')}</td><td>${time(token.last_used_time)}</td><td>${token.expiry_time === undefined ? 'never' : time(token.expiry_time)}</td><td>${button(action, of('end-token', { token_id: token.token_id }), 'End', `End the token ${token.name}`)}</td></tr>`)}</tbody>
</table></div>
<form method="post" action="${action}">
<input type="hidden" name="do" value="token"><input type="hidden" name="username" value="${username}">
<label for="name">A new token for</label>
<input id="name" name="name" placeholder="nightly build" required>
<label for="scope">It may</label>
<select id="scope" name="scope"><option value="write">read and write</option><option value="read">only read</option></select>
<button>Make a token</button>
</form>
${user.self ? undefined : html`<h2>Delete</h2>
<form method="post" action="${action}">
<input type="hidden" name="do" value="delete"><input type="hidden" name="username" value="${username}">
<label for="confirm">Type ${username} to delete the user with tokens, sessions and grants; what the user made stays</label>
<input id="confirm" name="confirm" autocomplete="off" required>
<button>Delete ${username}</button>
</form>`}`, false)
}

export function teamsView(prefix: string, teams: readonly Team[], said: Said): Reply {
  const action = `${prefix}/admin/teams`
  return adminPage(prefix, 'Teams', 'Teams', said, html`${teams.map((team) => html`<section aria-label="Team ${team.name}"><h2>${team.name}</h2>
<p>${team.description}</p>
<div class="wide" role="region" aria-label="Members and grants of ${team.name}" tabindex="0"><table><tbody>${team.members.map(({ username, manager, source }) => html`<tr><td>${username}</td><td>${manager ? 'manager' : 'member'}${source === 'sign-in' ? ', by a group' : ''}</td><td>${button(action, { do: 'remove', name: team.name, username }, 'Remove', `Remove ${username} from ${team.name}`)}</td></tr>`)}
${team.grants.map(({ resource_type, resource_id, permission }) => html`<tr><td>${resource_type}:${resource_id}</td><td>${permission}</td><td>${button(action, { do: 'revoke', name: team.name, resource_type, resource_id }, 'Revoke', `Revoke ${permission} on ${resource_type}:${resource_id} from ${team.name}`)}</td></tr>`)}</tbody></table></div>
<details><summary>Change ${team.name}</summary>
<form method="post" action="${action}"><input type="hidden" name="do" value="add"><input type="hidden" name="name" value="${team.name}">
<label>User<input name="username" required></label><label><input type="checkbox" name="manager" value="yes"> manages the team</label><button>Add to the team</button></form>
<form method="post" action="${action}"><input type="hidden" name="do" value="grant"><input type="hidden" name="name" value="${team.name}">
<label>On<select name="resource_type">${Object.keys(resourceTypes).filter((type) => type !== 'workspace').map((type) => html`<option>${type}</option>`)}</select></label>
<label>Id or name (* for all)<input name="resource_id" required></label>
<label>Level<select name="permission">${permissionLevels.filter((level) => level !== 'NO_PERMISSIONS').map((level) => html`<option>${level}</option>`)}</select></label><button>Grant</button></form>
${button(action, { do: 'delete', name: team.name }, `Delete ${team.name}`)}
</details></section>`)}
${teams.length === 0 ? html`<p>No teams yet. A team has grants together; whoever is in it has them.</p>` : undefined}
<h2>Add a team</h2>
<form method="post" action="${action}">
<input type="hidden" name="do" value="create">
<label for="name">Name (a group of this name at the provider fills it)</label>
<input id="name" name="name" required>
<label for="description">What it does</label>
<input id="description" name="description">
<button>Add</button>
</form>`)
}

export function quotasView(prefix: string, { quotas, teams }: { readonly quotas: readonly Quota[]; readonly teams: readonly TeamQuota[] }, said: Said): Reply {
  const amount = (value: number | bigint | undefined): string => (value === undefined ? '—' : String(value).replace(/\B(?=(?:\d{3})+$)/g, '\u202f'))
  const share = (most: number | bigint | undefined, used: number | bigint | undefined): string => (most === undefined || used === undefined ? '' : `${Number(most) === 0 ? 100 : Math.floor(Number(used) / Number(most) * 100)} %`)
  const section = (of: 'workspace' | 'team', name: string, { limits, usage }: Pick<Quota, 'limits' | 'usage'>, about?: Html): Html => html`<section aria-label="${of === 'team' ? 'Team' : 'Workspace'} ${name}"><h2>${of === 'team' ? 'Team ' : ''}${name}</h2>
${about}<div class="wide" role="region" aria-label="Usage and limits of ${of === 'team' ? 'the team ' : ''}${name}" tabindex="0"><table>
<thead><tr><th scope="col">What</th><th scope="col">Used</th><th scope="col">Limit</th><th scope="col">Share</th></tr></thead>
<tbody>${quotaKinds.map((kind) => html`<tr><td>${quotaWords[kind]}</td><td>${amount(usage[kind])}</td><td>${amount(limits[kind])}</td><td>${share(limits[kind], usage[kind])}</td></tr>`)}</tbody>
</table></div>
<details><summary>Change the limits of ${of === 'team' ? 'the team ' : ''}${name}</summary>
<form method="post" action="${prefix}/admin/quotas"><input type="hidden" name="${of}" value="${name}">
<label>What<select name="kind">${quotaKinds.map((kind) => html`<option value="${kind}">${quotaWords[kind]}</option>`)}</select></label>
<label>At most (5000, 100k, 2G; none takes the limit away)<input name="most" autocomplete="off" required></label><button>Set the limit</button></form>
</details></section>`
  return adminPage(prefix, 'Quotas', 'Quotas', said, html`<p>What was deleted counts until it is removed for good (<code>cairn gc</code>).</p>
${teams.map((team) => section('team', team.team, team, html`<p>${team.workspaces.length === 0 ? 'It has no workspaces.' : html`All its workspaces together: ${team.workspaces.join(', ')}.`}</p>
`))}
${quotas.map((quota) => section('workspace', quota.workspace, quota))}`)
}

const inShort = (value: unknown): string => (value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value).slice(0, 200) : String(value))

export function auditView(prefix: string, { entries, action, next }: { entries: readonly AuditEntry[]; action: string | undefined; next: string | undefined }): Reply {
  return adminPage(prefix, 'Audit', 'Audit trail', {}, html`<form method="get" action="${prefix}/admin/audit">
<label for="action">Only this kind (denied, sign_in, grant, create, delete …)</label>
<input id="action" name="action" value="${action ?? ''}">
<button>Show</button>
</form>
<div class="wide" role="region" aria-label="Changes" tabindex="0"><table>
<thead><tr><th scope="col">When (UTC)</th><th scope="col">Who</th><th scope="col">What</th><th scope="col">Change</th><th scope="col">From</th><th scope="col">To</th></tr></thead>
<tbody>${entries.map(({ timestamp, principal, entity, entity_name, version, action: change, key, before, after }) => html`<tr><td>${time(timestamp)}</td><td>${principal}</td><td>${entity.replaceAll('_', ' ')} ${entity_name}${version === undefined ? '' : `/${version}`}</td><td>${change.replaceAll('_', ' ')} ${key}</td><td class="long">${inShort(before)}</td><td class="long">${inShort(after)}</td></tr>`)}</tbody>
</table></div>
${next === undefined ? undefined : html`<p><a href="${prefix}/admin/audit?action=${encodeURIComponent(action ?? '')}&amp;page_token=${encodeURIComponent(next)}">Older</a></p>`}`)
}
