import * as api from '@cairn/protocol'
import { CairnError } from '@cairn/protocol'
import { complaintOf, formOf, isOurs, redirect, style, withHeaders } from '../forms/index.ts'
import type { Database } from '../platform/db/index.ts'
import { Reply, route, type Context, type Route } from '../platform/http/index.ts'
import { accessOf, checkPassword, checkUsername, type Passwords, type UserOperations } from '../users/index.ts'
import { sessionCookie } from './cookies.ts'
import { setUpOperations } from './first-admin.ts'
import type { Accounts } from './accounts.ts'
import { accountView, noticeView, setUpView, signInView, signUpView } from './page-views.ts'
import { hashSecret } from './sessions.ts'
import { newToken, tokenOperations } from './tokens.ts'
import { words } from './words.ts'

export interface PageDeps {
  readonly db: Database
  readonly accounts: Accounts
  readonly users: UserOperations
  readonly passwords: Passwords
  /** What the button for signing in by another provider says; undefined where there is none. */
  readonly elsewhere?: string | undefined
}

const author = (context: Context) => ({ principal: context.principal.name, now: context.now() })

/** The pages around signing in. Each form is answered by a page or a redirect, errors too. */
export function signInPages(deps: PageDeps): Route[] {
  return [...entrance(deps), ...account(deps)]
}

function entrance({ db, accounts, users, passwords, elsewhere }: PageDeps): Route[] {
  return [
    route(api.signInPage, ({ next }, { staticPrefix }) => signInView(staticPrefix, { next: localPath(next), elsewhere })),
    route(api.signInStyle, () => new Reply({ headers: { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'public, max-age=3600' }, body: style })),
    route(api.signIn, async ({ next: wanted }, context) => {
      const { staticPrefix: prefix } = context
      const next = localPath(wanted)
      // Another page that signs somebody in under its own name could watch what they log.
      if (!isOurs('POST', context.headers)) return signInView(prefix, { next, said: words.anotherPageAsked, status: 403, elsewhere })
      const form = await formOf(context)
      try {
        const user = await accounts.checkPassword(form.get('username') ?? '', form.get('password') ?? '', context.address)
        if (user === undefined) return signInView(prefix, { next, said: words.wrongNameOrPassword, status: 401, elsewhere })
        return redirect(prefix + next, { 'set-cookie': sessionCookie(await accounts.begin(user), context.headers, prefix) })
      } catch (error) {
        if (error instanceof CairnError && error.code === 'REQUEST_LIMIT_EXCEEDED') return withHeaders(signInView(prefix, { next, said: error.message, status: 429, elsewhere }), error.headers)
        throw error
      }
    }),
    route(api.signOut, async (_input, context) => {
      await accounts.end(context.headers, context.principal.name)
      return redirect(`${context.staticPrefix}/sign-in`, { 'set-cookie': sessionCookie(undefined, context.headers, context.staticPrefix) })
    }),
    route(api.setUpPage, async ({ token = '' }, context) => await db.read(setUpOperations.isLink, { hash: hashSecret(token), now: context.now() })
      ? setUpView(context.staticPrefix, token)
      : spentLink(context.staticPrefix)),
    route(api.setUp, async (_input, context) => {
      const { staticPrefix: prefix } = context
      const form = await formOf(context)
      const [token, username, password] = [form.get('token') ?? '', form.get('username') ?? '', form.get('password') ?? '']
      const hash = hashSecret(token)
      if (!await db.read(setUpOperations.isLink, { hash, now: context.now() })) return spentLink(prefix)
      const wrong = await complaintOf(async () => {
        checkUsername(username)
        checkPassword(password)
      })
      if (wrong !== undefined) return setUpView(prefix, token, wrong, 400)
      if (!await db.write(setUpOperations.useLink, { hash, username, password_hash: await passwords.hash(password), author: { principal: 'set-up link', now: context.now() } })) return spentLink(prefix)
      accounts.changed()
      const user = await db.read(users.find, { username })
      return redirect(`${prefix}/`, { 'set-cookie': sessionCookie(await accounts.begin(user!), context.headers, prefix) })
    }),
  ]
}

const spentLink = (prefix: string): Reply =>
  noticeView(prefix, words.thisLinkDoesNotWork, words.theLinkIsSpent, 403)

function account({ db, accounts, users, passwords }: PageDeps): Route[] {
  const show = async (context: Context, more: { made?: string; said?: string | undefined; status?: number } = {}): Promise<Reply> => {
    const username = context.principal.name
    const [user, tokens] = await Promise.all([db.read(users.find, { username }), db.read(tokenOperations.list, { username })])
    return accountView(context.staticPrefix, { username, isAdmin: accessOf(context.principal)?.isAdmin === true, tokens, hasPassword: typeof user?.password_hash === 'string', ...more })
  }
  return [
    route(api.accountPage, (_input, context) => show(context)),
    route(api.createOwnToken, async (_input, context) => {
      const form = await formOf(context)
      const days = form.get('days') ?? ''
      let made: string | undefined
      const said = await complaintOf(async () => {
        const { text, row } = newToken({
          username: context.principal.name, name: form.get('name') ?? '', scopes: [form.get('scope') ?? 'write'], own: accessOf(context.principal)?.scope, author: author(context),
          ...(days !== '' && { expires_in_days: Number(days) }),
        })
        await db.write(tokenOperations.create, row)
        made = text
      })
      return show(context, said === undefined ? { made: made! } : { said, status: 400 })
    }),
    route(api.deleteOwnToken, async (_input, context) => {
      const form = await formOf(context)
      const said = await complaintOf(() => db.write(tokenOperations.remove, { token_id: form.get('token_id') ?? '', owner: context.principal.name, author: author(context) }))
      accounts.changed()
      return said === undefined ? redirect(`${context.staticPrefix}/account`) : show(context, { said, status: 400 })
    }),
    route(api.changeOwnPassword, async (_input, context) => {
      const form = await formOf(context)
      const password = form.get('password') ?? ''
      const said = await complaintOf(async () => {
        if (await accounts.checkPassword(context.principal.name, form.get('current') ?? '', context.address) === undefined) throw new CairnError('INVALID_PARAMETER_VALUE', words.currentDoesNotMatch)
        checkPassword(password)
        await db.write(users.setPassword, { username: context.principal.name, password_hash: await passwords.hash(password), author: author(context) })
      })
      if (said !== undefined) return show(context, { said, status: 400 })
      accounts.changed()
      const user = await db.read(users.find, { username: context.principal.name })
      // All sessions have ended; this one goes on under a new secret.
      return redirect(`${context.staticPrefix}/account`, { 'set-cookie': sessionCookie(await accounts.begin(user!), context.headers, context.staticPrefix) })
    }),
    route(api.signUpPage, (_input, { staticPrefix }) => signUpView(staticPrefix)),
    route(api.createUserByForm, async (_input, context) => {
      const form = await formOf(context)
      const [username, password] = [form.get('username') ?? '', form.get('password') ?? '']
      const said = await complaintOf(async () => {
        checkUsername(username)
        checkPassword(password)
        await db.write(users.create, { username, password_hash: await passwords.hash(password), is_admin: false, kind: 'person', author: author(context) })
      })
      if (said !== undefined) return signUpView(context.staticPrefix, said, 400)
      accounts.changed()
      return noticeView(context.staticPrefix, words.added, words.canSignInNow(username), 200)
    }),
  ]
}

/** A path of this server, however it was written: never another host. */
export function localPath(next: string | undefined): string {
  if (next === undefined || !/^\/(?![/\\])/.test(next) || /[\p{Cc}\\]/u.test(next) || !next.isWellFormed() || next.startsWith('/sign-in')) return '/'
  // It becomes a header, which holds no other letters.
  return next.replace(/[^\x21-\x7e]/gu, encodeURIComponent)
}

/** What a browser gets that asks for a page before it has signed in. */
export const signInInstead = (prefix: string, path: string, elsewhere: string | undefined): Reply => signInView(prefix, { next: localPath(path), status: 401, elsewhere })
