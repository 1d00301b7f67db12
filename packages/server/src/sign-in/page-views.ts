import type { Token } from '@cairn/protocol'
import type { Reply } from '../platform/http/index.ts'
import { html, page, type Html } from '../forms/index.ts'

const complaint = (said: string | undefined): Html | undefined => (said === undefined ? undefined : html`<p class="bad" role="alert">${said}</p>`)

export interface SignInView {
  /** Path of this server to go on to. */
  readonly next: string
  readonly said?: string | undefined
  readonly status?: number
  /** What the button for signing in elsewhere says, where there is one. */
  readonly elsewhere?: string | undefined
}

export const signInView = (prefix: string, { next, said, status = 200, elsewhere }: SignInView): Reply => page(prefix, { title: 'Sign in', status }, html`<h1>Sign in to Cairn</h1>
${complaint(said)}
${elsewhere === undefined ? undefined : html`<p><a href="${prefix}/sign-in/oidc?next=${encodeURIComponent(next)}">${elsewhere}</a></p>`}
<form method="post" action="${prefix}/sign-in?next=${encodeURIComponent(next)}">
<label for="username">User name</label>
<input id="username" name="username" autocomplete="username" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button>
</form>`)

export const setUpView = (prefix: string, token: string, said?: string, status = 200): Reply => page(prefix, { title: 'Set up', status }, html`<h1>Make the first admin</h1>
${complaint(said)}
<p>This link works once. Whoever signs in by this name may do everything, and adds the others.</p>
<form method="post" action="${prefix}/set-up">
<input type="hidden" name="token" value="${token}">
<label for="username">User name</label>
<input id="username" name="username" autocomplete="username" value="admin" required>
<label for="password">Password (at least 12 characters)</label>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="12" required>
<button>Make the admin</button>
</form>`)

export const noticeView = (prefix: string, title: string, said: string, status: number): Reply => page(prefix, { title, status }, html`<h1>${title}</h1>
<p>${said}</p>
<p><a href="${prefix}/">To Cairn</a></p>`)

const day = (time: number | bigint | undefined): string => (time === undefined ? '—' : new Date(Number(time)).toISOString().slice(0, 10))

export interface AccountView {
  readonly username: string
  readonly isAdmin: boolean
  readonly tokens: readonly Token[]
  readonly hasPassword: boolean
  /** The text of a token that was just made. */
  readonly made?: string | undefined
  readonly said?: string | undefined
  readonly status?: number
}

export const accountView = (prefix: string, { username, isAdmin, tokens, hasPassword, made, said, status = 200 }: AccountView): Reply => page(prefix, { title: 'My account', status }, html`<nav><a href="${prefix}/">To Cairn</a>${isAdmin ? html`<a href="${prefix}/admin">Users, teams, audit</a>` : undefined}<form method="post" action="${prefix}/sign-out"><button class="plain">Sign out</button></form></nav>
<h1>${username}</h1>
${complaint(said)}
${made === undefined ? undefined : html`<p>The new token. Copy it now: it is not shown again. Use it as <strong>MLFLOW_TRACKING_TOKEN</strong>, or as a password beside your user name.</p><code>${made}</code>`}
<h2>My tokens</h2>
<div class="wide" role="region" aria-label="My tokens" tabindex="0"><table>
<thead><tr><th scope="col">Name</th><th scope="col">Scopes</th><th scope="col">Made</th><th scope="col">Last used</th><th scope="col">Ends</th><th scope="col"><span class="unseen">Action</span></th></tr></thead>
<tbody>${tokens.map((token) => html`<tr><td>${token.name}</td><td>${token.scopes.join(', ')}</td><td>${day(token.creation_time)}</td><td>${day(token.last_used_time)}</td><td>${token.expiry_time === undefined ? 'never' : day(token.expiry_time)}</td><td><form method="post" action="${prefix}/account/tokens/delete"><input type="hidden" name="token_id" value="${token.token_id}"><button class="plain" aria-label="Delete ${token.name}">Delete</button></form></td></tr>`)}</tbody>
</table></div>
<form method="post" action="${prefix}/account/tokens">
<label for="name">A new token for</label>
<input id="name" name="name" placeholder="my laptop" required>
<label for="scope">It may</label>
<select id="scope" name="scope"><option value="write">read and write</option><option value="read">only read</option><option value="admin">everything that I may, administration too</option></select>
<label for="days">It ends after days (0 for never)</label>
<input id="days" name="days" type="number" min="0" max="3650" value="90">
<button>Make a token</button>
</form>
${hasPassword ? html`<h2>My password</h2>
<form method="post" action="${prefix}/account/password">
<label for="current">Current password</label>
<input id="current" name="current" type="password" autocomplete="current-password" required>
<label for="password">New password (at least 12 characters)</label>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="12" required>
<button>Change it</button>
</form>` : undefined}`)

export const signUpView = (prefix: string, said?: string, status = 200): Reply => page(prefix, { title: 'Add a user', status }, html`<h1>Add a user</h1>
${complaint(said)}
<form method="post" action="${prefix}/api/2.0/mlflow/users/create-ui">
<label for="username">User name</label>
<input id="username" name="username" autocomplete="off" required>
<label for="password">Password (at least 12 characters)</label>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="12" required>
<button>Add</button>
</form>`)
