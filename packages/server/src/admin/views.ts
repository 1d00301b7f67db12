import { permissionLevels, quotaKinds, quotaWords, resourceTypes, type AuditEntry, type Quota, type Team, type TeamQuota, type Token, type UserPermission, type UserWithRoles } from '@cairn/protocol'
import { html, page, words as forms, type Html } from '../forms/index.ts'
import type { Reply } from '../platform/http/index.ts'
import { words } from './words.ts'

/** What happened to the form that was sent, and what is shown only now. */
export interface Said {
  readonly said?: string | undefined
  /** A password or token, with what it is. */
  readonly made?: { readonly what: string; readonly text: string } | undefined
}

const tabs = ['users', 'teams', 'quotas', 'audit'] as const
const paths: Record<(typeof tabs)[number], string> = { users: '/admin', teams: '/admin/teams', quotas: '/admin/quotas', audit: '/admin/audit' }

function adminPage(prefix: string, tab: (typeof tabs)[number], title: string, { said, made }: Said, content: Html, here = true): Reply {
  const links = [{ to: `${prefix}/`, text: forms.toCairn }, ...tabs.map((one) => (one === tab && here ? { text: words[one] } : { text: words[one], to: prefix + paths[one] }))]
  return page(prefix, { title, links, status: said === undefined ? 200 : 400 }, html`<h1>${title}</h1>
${said === undefined ? undefined : html`<p class="bad" role="alert">${said}</p>`}
${made === undefined ? undefined : html`<p role="status">${words.copyItNow(made.what)}</p><code>${made.text}</code>`}
${content}`)
}

const time = (at: number | bigint | undefined): string => (at === undefined ? words.none : new Date(Number(at)).toISOString().slice(0, 16).replace('T', ' '))
const roleName = (name: string): string => (name.startsWith('__user_') ? words.ownGrant : name.replace(/^__team_(.*)__$/, (_, team: string) => words.ofTeam(team)))
const shownRoles = (roles: UserWithRoles['roles']): string => roles.filter(({ name }) => !name.startsWith('__user_')).map(({ name }) => roleName(name)).join(', ') || words.none

/** A button that sends fields. */
const button = (action: string, fields: Readonly<Record<string, string>>, text: string, label = text): Html =>
  html`<form method="post" action="${action}">${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}<button class="plain" aria-label="${label}">${text}</button></form>`

const kindOf = ({ kind, is_admin }: { kind?: string; is_admin: boolean }): string => words.kinds[kind === 'service' ? 'service' : is_admin ? 'admin' : 'person']

export function usersView(prefix: string, users: readonly UserWithRoles[], said: Said): Reply {
  return adminPage(prefix, 'users', words.users, said, html`<div class="wide" role="region" aria-label="${words.users}" tabindex="0"><table>
<thead><tr><th scope="col">${words.name}</th><th scope="col">${words.kind}</th><th scope="col">${words.teamsAndRoles}</th></tr></thead>
<tbody>${users.map((user) => html`<tr><td><a href="${prefix}/admin/users/${encodeURIComponent(user.username)}">${user.username}</a></td><td>${kindOf(user)}</td><td>${shownRoles(user.roles)}</td></tr>`)}</tbody>
</table></div>
<h2>${words.addSomebody}</h2>
<form method="post" action="${prefix}/admin/users">
<input type="hidden" name="do" value="create">
<label for="username">${words.name}</label>
<input id="username" name="username" autocomplete="off" required>
<label for="kind">${words.kind}</label>
<select id="kind" name="kind">${(['person', 'admin', 'service'] as const).map((kind) => html`<option value="${kind}">${words.newKinds[kind]}</option>`)}</select>
<button>${words.add}</button>
</form>`)
}

const resourceFields = html`<label for="resource_type">${words.on}</label>
<select id="resource_type" name="resource_type">${Object.keys(resourceTypes).filter((type) => type !== 'workspace').map((type) => html`<option>${type}</option>`)}</select>
<label for="resource_id">${words.idOrName}</label>
<input id="resource_id" name="resource_id" required>
<label for="permission">${words.level}</label>
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
  return adminPage(prefix, 'users', username, said, html`<p>${kindOf(user)}</p>
<div class="row">${user.kind === 'service' ? undefined : button(action, of('password'), words.newPassword)}${user.kind === 'service' ? undefined : button(action, of(user.is_admin ? 'no-admin' : 'admin'), user.is_admin ? words.noLongerAdmin : words.makeAdmin)}</div>
<h2>${words.mayDo}</h2>
${user.is_admin ? html`<p>${words.everything}</p>` : html`<div class="wide" role="region" aria-label="${words.rights}" tabindex="0"><table>
<thead><tr><th scope="col">${words.on}</th><th scope="col">${words.level}</th><th scope="col">${words.by}</th><th scope="col"><span class="unseen">${forms.action}</span></th></tr></thead>
<tbody>${user.permissions.map(({ resource_type, resource_pattern, permission, role_name }) => html`<tr><td>${resource_type}:${resource_pattern}</td><td>${permission}</td><td>${roleName(role_name)}</td><td>${role_name.startsWith('__user_') ? button(action, of('revoke', { resource_type, resource_id: resource_pattern }), words.revoke, words.revokeOn(permission, `${resource_type}:${resource_pattern}`)) : undefined}</td></tr>`)}</tbody>
</table></div>
<form method="post" action="${action}">
<input type="hidden" name="do" value="grant"><input type="hidden" name="username" value="${username}">
${resourceFields}
<button>${words.grant}</button>
</form>`}
<h2>${words.tokens}</h2>
<div class="wide" role="region" aria-label="${words.tokens}" tabindex="0"><table>
<thead><tr><th scope="col">${words.name}</th><th scope="col">${words.scopes}</th><th scope="col">${words.lastUsed}</th><th scope="col">${words.ends}</th><th scope="col"><span class="unseen">${forms.action}</span></th></tr></thead>
<tbody>${user.tokens.map((token) => html`<tr><td>${token.name}</td><td>${token.scopes.join(', ')}</td><td>${time(token.last_used_time)}</td><td>${token.expiry_time === undefined ? words.never : time(token.expiry_time)}</td><td>${button(action, of('end-token', { token_id: token.token_id }), words.end, words.endTheToken(token.name))}</td></tr>`)}</tbody>
</table></div>
<form method="post" action="${action}">
<input type="hidden" name="do" value="token"><input type="hidden" name="username" value="${username}">
<label for="name">${words.aNewTokenFor}</label>
<input id="name" name="name" placeholder="${words.nightlyBuild}" required>
<label for="scope">${words.itMay}</label>
<select id="scope" name="scope"><option value="write">${words.readAndWrite}</option><option value="read">${words.onlyRead}</option></select>
<button>${words.makeAToken}</button>
</form>
${user.self ? undefined : html`<h2>${words.delete}</h2>
<form method="post" action="${action}">
<input type="hidden" name="do" value="delete"><input type="hidden" name="username" value="${username}">
<label for="confirm">${words.typeToDelete(username)}</label>
<input id="confirm" name="confirm" autocomplete="off" required>
<button>${words.deleteOf(username)}</button>
</form>`}`, false)
}

export function teamsView(prefix: string, teams: readonly Team[], said: Said): Reply {
  const action = `${prefix}/admin/teams`
  return adminPage(prefix, 'teams', words.teams, said, html`${teams.map((team) => html`<section aria-label="${words.team(team.name)}"><h2>${team.name}</h2>
<p>${team.description}</p>
<div class="wide" role="region" aria-label="${words.membersAndGrantsOf(team.name)}" tabindex="0"><table><tbody>${team.members.map(({ username, manager, source }) => html`<tr><td>${username}</td><td>${source === 'sign-in' ? words.byAGroup(manager ? words.manager : words.member) : manager ? words.manager : words.member}</td><td>${button(action, { do: 'remove', name: team.name, username }, words.remove, words.removeFrom(username, team.name))}</td></tr>`)}
${team.grants.map(({ resource_type, resource_id, permission }) => html`<tr><td>${resource_type}:${resource_id}</td><td>${permission}</td><td>${button(action, { do: 'revoke', name: team.name, resource_type, resource_id }, words.revoke, words.revokeFrom(permission, `${resource_type}:${resource_id}`, team.name))}</td></tr>`)}</tbody></table></div>
<details><summary>${words.change(team.name)}</summary>
<form method="post" action="${action}"><input type="hidden" name="do" value="add"><input type="hidden" name="name" value="${team.name}">
<label>${words.user}<input name="username" required></label><label><input type="checkbox" name="manager" value="yes"> ${words.managesTheTeam}</label><button>${words.addToTheTeam}</button></form>
<form method="post" action="${action}"><input type="hidden" name="do" value="grant"><input type="hidden" name="name" value="${team.name}">
<label>${words.on}<select name="resource_type">${Object.keys(resourceTypes).filter((type) => type !== 'workspace').map((type) => html`<option>${type}</option>`)}</select></label>
<label>${words.idOrName}<input name="resource_id" required></label>
<label>${words.level}<select name="permission">${permissionLevels.filter((level) => level !== 'NO_PERMISSIONS').map((level) => html`<option>${level}</option>`)}</select></label><button>${words.grant}</button></form>
${button(action, { do: 'delete', name: team.name }, words.deleteOf(team.name))}
</details></section>`)}
${teams.length === 0 ? html`<p>${words.noTeamsYet}</p>` : undefined}
<h2>${words.addATeam}</h2>
<form method="post" action="${action}">
<input type="hidden" name="do" value="create">
<label for="name">${words.nameOfATeam}</label>
<input id="name" name="name" required>
<label for="description">${words.whatItDoes}</label>
<input id="description" name="description">
<button>${words.add}</button>
</form>`)
}

export function quotasView(prefix: string, { quotas, teams }: { readonly quotas: readonly Quota[]; readonly teams: readonly TeamQuota[] }, said: Said): Reply {
  const amount = (value: number | bigint | undefined): string => (value === undefined ? words.none : String(value).replace(/\B(?=(?:\d{3})+$)/g, '\u202f'))
  const share = (most: number | bigint | undefined, used: number | bigint | undefined): string => (most === undefined || used === undefined ? '' : `${Number(most) === 0 ? 100 : Math.floor(Number(used) / Number(most) * 100)} %`)
  const section = (of: 'workspace' | 'team', name: string, { limits, usage }: Pick<Quota, 'limits' | 'usage'>, about?: Html): Html => html`<section aria-label="${of === 'team' ? words.team(name) : words.workspace(name)}"><h2>${of === 'team' ? words.team(name) : name}</h2>
${about}<div class="wide" role="region" aria-label="${of === 'team' ? words.usageOfTeam(name) : words.usageOf(name)}" tabindex="0"><table>
<thead><tr><th scope="col">${words.what}</th><th scope="col">${words.used}</th><th scope="col">${words.limit}</th><th scope="col">${words.share}</th></tr></thead>
<tbody>${quotaKinds.map((kind) => html`<tr><td>${quotaWords[kind]}</td><td>${amount(usage[kind])}</td><td>${amount(limits[kind])}</td><td>${share(limits[kind], usage[kind])}</td></tr>`)}</tbody>
</table></div>
<details><summary>${of === 'team' ? words.changeLimitsOfTeam(name) : words.changeLimitsOf(name)}</summary>
<form method="post" action="${prefix}/admin/quotas"><input type="hidden" name="${of}" value="${name}">
<label>${words.what}<select name="kind">${quotaKinds.map((kind) => html`<option value="${kind}">${quotaWords[kind]}</option>`)}</select></label>
<label>${words.atMost}<input name="most" autocomplete="off" required></label><button>${words.setTheLimit}</button></form>
</details></section>`
  return adminPage(prefix, 'quotas', words.quotas, said, html`<p>${words.deletedCounts} (<code>cairn gc</code>).</p>
${teams.map((team) => section('team', team.team, team, html`<p>${team.workspaces.length === 0 ? words.noWorkspaces : words.allWorkspaces(team.workspaces.join(', '))}</p>
`))}
${quotas.map((quota) => section('workspace', quota.workspace, quota))}`)
}

const inShort = (value: unknown): string => (value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value).slice(0, 200) : String(value))

export function auditView(prefix: string, { entries, action, next }: { entries: readonly AuditEntry[]; action: string | undefined; next: string | undefined }): Reply {
  return adminPage(prefix, 'audit', words.auditTrail, {}, html`<form method="get" action="${prefix}/admin/audit">
<label for="action">${words.onlyThisKind}</label>
<input id="action" name="action" value="${action ?? ''}">
<button>${words.show}</button>
</form>
<div class="wide" role="region" aria-label="${words.changes}" tabindex="0"><table>
<thead><tr><th scope="col">${words.when}</th><th scope="col">${words.who}</th><th scope="col">${words.what}</th><th scope="col">${words.changeOf}</th><th scope="col">${words.from}</th><th scope="col">${words.to}</th></tr></thead>
<tbody>${entries.map(({ timestamp, principal, entity, entity_name, version, action: change, key, before, after }) => html`<tr><td>${time(timestamp)}</td><td>${principal}</td><td>${entity.replaceAll('_', ' ')} ${entity_name}${version === undefined ? '' : `/${version}`}</td><td>${change.replaceAll('_', ' ')} ${key}</td><td class="long">${inShort(before)}</td><td class="long">${inShort(after)}</td></tr>`)}</tbody>
</table></div>
${next === undefined ? undefined : html`<p><a href="${prefix}/admin/audit?action=${encodeURIComponent(action ?? '')}&amp;page_token=${encodeURIComponent(next)}">${words.older}</a></p>`}`)
}
