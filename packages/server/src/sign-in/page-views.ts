import type { Token } from '@cairn/protocol'
import type { Reply } from '../platform/http/index.ts'
import { html, page, words as forms, type Html } from '../forms/index.ts'
import { words } from './words.ts'

const complaint = (said: string | undefined): Html | undefined => (said === undefined ? undefined : html`<p class="bad" role="alert">${said}</p>`)

export interface SignInView {
  /** Path of this server to go on to. */
  readonly next: string
  readonly said?: string | undefined
  readonly status?: number
  /** What the button for signing in elsewhere says, where there is one. */
  readonly elsewhere?: string | undefined
}

export const signInView = (prefix: string, { next, said, status = 200, elsewhere }: SignInView): Reply => page(prefix, { title: words.signIn, status }, html`<h1>${words.signInToCairn}</h1>
${complaint(said)}
${elsewhere === undefined ? undefined : html`<p><a href="${prefix}/sign-in/oidc?next=${encodeURIComponent(next)}">${elsewhere}</a></p>`}
<form method="post" action="${prefix}/sign-in?next=${encodeURIComponent(next)}">
<label for="username">${words.userName}</label>
<input id="username" name="username" autocomplete="username" required autofocus>
<label for="password">${words.password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>${words.signIn}</button>
</form>`)

export const setUpView = (prefix: string, token: string, said?: string, status = 200): Reply => page(prefix, { title: words.setUp, status }, html`<h1>${words.makeTheFirstAdmin}</h1>
${complaint(said)}
<p>${words.theLinkWorksOnce}</p>
<form method="post" action="${prefix}/set-up">
<input type="hidden" name="token" value="${token}">
<label for="username">${words.userName}</label>
<input id="username" name="username" autocomplete="username" value="admin" required>
<label for="password">${words.passwordOfLength}</label>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="12" required>
<button>${words.makeTheAdmin}</button>
</form>`)

export const noticeView = (prefix: string, title: string, said: string, status: number): Reply => page(prefix, { title, status }, html`<h1>${title}</h1>
<p>${said}</p>
<p><a href="${prefix}/">${forms.toCairn}</a></p>`)

const day = (time: number | bigint | undefined): string => (time === undefined ? words.none : new Date(Number(time)).toISOString().slice(0, 10))

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

export const accountView = (prefix: string, { username, isAdmin, tokens, hasPassword, made, said, status = 200 }: AccountView): Reply => page(prefix, { title: words.myAccount, status }, html`<nav><a href="${prefix}/">${forms.toCairn}</a>${isAdmin ? html`<a href="${prefix}/admin">${words.administration}</a>` : undefined}<form method="post" action="${prefix}/sign-out"><button class="plain">${words.signOut}</button></form></nav>
<h1>${username}</h1>
${complaint(said)}
${made === undefined ? undefined : html`<p>${words.theNewToken} <strong>MLFLOW_TRACKING_TOKEN</strong>${words.orAsPassword}</p><code>${made}</code>`}
<h2>${words.myTokens}</h2>
<div class="wide" role="region" aria-label="${words.myTokens}" tabindex="0"><table>
<thead><tr><th scope="col">${words.name}</th><th scope="col">${words.scopes}</th><th scope="col">${words.made}</th><th scope="col">${words.lastUsed}</th><th scope="col">${words.ends}</th><th scope="col"><span class="unseen">${forms.action}</span></th></tr></thead>
<tbody>${tokens.map((token) => html`<tr><td>${token.name}</td><td>${token.scopes.join(', ')}</td><td>${day(token.creation_time)}</td><td>${day(token.last_used_time)}</td><td>${token.expiry_time === undefined ? words.never : day(token.expiry_time)}</td><td><form method="post" action="${prefix}/account/tokens/delete"><input type="hidden" name="token_id" value="${token.token_id}"><button class="plain" aria-label="${words.deleteOf(token.name)}">${words.delete}</button></form></td></tr>`)}</tbody>
</table></div>
<form method="post" action="${prefix}/account/tokens">
<label for="name">${words.aNewTokenFor}</label>
<input id="name" name="name" placeholder="${words.myLaptop}" required>
<label for="scope">${words.itMay}</label>
<select id="scope" name="scope"><option value="write">${words.readAndWrite}</option><option value="read">${words.onlyRead}</option><option value="admin">${words.everythingThatIMay}</option></select>
<label for="days">${words.itEndsAfterDays}</label>
<input id="days" name="days" type="number" min="0" max="3650" value="90">
<button>${words.makeAToken}</button>
</form>
${hasPassword ? html`<h2>${words.myPassword}</h2>
<form method="post" action="${prefix}/account/password">
<label for="current">${words.currentPassword}</label>
<input id="current" name="current" type="password" autocomplete="current-password" required>
<label for="password">${words.newPassword}</label>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="12" required>
<button>${words.changeIt}</button>
</form>` : undefined}`)

export const signUpView = (prefix: string, said?: string, status = 200): Reply => page(prefix, { title: words.addAUser, status }, html`<h1>${words.addAUser}</h1>
${complaint(said)}
<form method="post" action="${prefix}/api/2.0/mlflow/users/create-ui">
<label for="username">${words.userName}</label>
<input id="username" name="username" autocomplete="off" required>
<label for="password">${words.passwordOfLength}</label>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="12" required>
<button>${words.add}</button>
</form>`)
