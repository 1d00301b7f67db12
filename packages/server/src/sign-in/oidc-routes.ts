import * as api from '@cairn/protocol'
import { CairnError } from '@cairn/protocol'
import { redirect, withHeaders } from '../forms/index.ts'
import type { Database } from '../platform/db/index.ts'
import { route, type Context, type Reply, type Route } from '../platform/http/index.ts'
import type { Accounts } from './accounts.ts'
import { errandCookie, errandIn, sessionCookie } from './cookies.ts'
import { identityOperations } from './identities.ts'
import { localPath } from './page-routes.ts'
import { signInView } from './page-views.ts'
import type { Provider } from './provider.ts'
import { words } from './words.ts'

export interface OidcDeps {
  readonly db: Database
  readonly accounts: Accounts
  /** Undefined where people sign in by password alone. */
  readonly provider: Provider | undefined
  readonly label: string | undefined
  readonly adminGroup: string | undefined
  readonly allowedGroups: readonly string[] | undefined
  readonly linkUsers: boolean
  /** Where browsers reach the server, where that is not what they say. */
  readonly publicUrl: string | undefined
  /** Told of every sign-in that came to nothing. */
  failed(attempt: { readonly user: string; readonly address: string; readonly why: string }): void
}

export function oidcRoutes({ db, accounts, provider, label, adminGroup, allowedGroups, linkUsers, publicUrl, failed }: OidcDeps): Route[] {
  const redirectUri = ({ origin, staticPrefix }: Context): string => `${publicUrl ?? origin + staticPrefix}/sign-in/oidc/callback`
  const sorry = (context: Context, next: string, said: string, status: number): Reply => withHeaders(
    signInView(context.staticPrefix, { next, said, status, elsewhere: label }), { 'set-cookie': errandCookie(undefined, context.headers, context.staticPrefix) },
  )
  const configured = (): Provider => {
    if (provider === undefined) throw new CairnError('ENDPOINT_NOT_FOUND', 'On this server people sign in by password or token. Set CAIRN_OIDC_ISSUER to have a provider of OpenID Connect.')
    return provider
  }
  return [
    route(api.oidcStart, async ({ next: wanted }, context) => {
      const next = localPath(wanted)
      try {
        const { url, errand } = await configured().begin(redirectUri(context))
        return redirect(url, { 'set-cookie': errandCookie({ ...errand, next }, context.headers, context.staticPrefix) })
      } catch (error) {
        if (error instanceof CairnError) throw error
        context.log.warn('The provider of OpenID Connect could not be asked.', { error: whyOf(error) })
        return sorry(context, next, words.providerIsSilent, 502)
      }
    }),
    route(api.oidcCallback, async (answer, context) => {
      const asked = configured()
      const kept = errandIn(context.headers)
      const next = localPath(kept?.next)
      const refuse = (said: string, why: string, user = ''): Reply => {
        failed({ user: user || 'unknown', address: context.address, why })
        return sorry(context, next, said, 403)
      }
      if (kept === undefined) return refuse(words.notBegunHere, 'no errand')
      if (answer.error !== undefined) return refuse(words.providerRefused(answer.error_description ?? answer.error), `provider: ${answer.error}`)
      let claims
      try {
        claims = await asked.finish(redirectUri(context), answer, kept)
      } catch (error) {
        if (error instanceof CairnError) throw error
        context.log.warn('An answer of the provider of OpenID Connect was refused.', { error: whyOf(error) })
        return refuse(words.notValid, 'invalid answer of the provider')
      }
      const { issuer, subject, username, groups } = claims
      if (username === undefined) return refuse(words.noNameFromProvider, 'no name in the claims', subject)
      if (allowedGroups !== undefined && !allowedGroups.some((group) => groups?.includes(group) === true)) return refuse(words.inNoAllowedGroup, 'in no allowed group', username)
      try {
        const user = await db.write(identityOperations.arrive, {
          issuer, subject, username, groups, link: linkUsers, now: context.now(), isAdmin: adminGroup === undefined ? undefined : groups?.includes(adminGroup) === true,
        })
        accounts.changed()
        const session = sessionCookie(await accounts.begin(user), context.headers, context.staticPrefix)
        return redirect(context.staticPrefix + next, { 'set-cookie': [session, errandCookie(undefined, context.headers, context.staticPrefix)] })
      } catch (error) {
        if (!(error instanceof CairnError) || error.status >= 500) throw error
        return refuse(error.message, 'name is taken or not allowed', username)
      }
    }),
  ]
}

const whyOf = (error: unknown): string => {
  const { message, cause } = error as Error & { cause?: { error?: string; message?: string } }
  return [message, cause?.error ?? cause?.message].filter(Boolean).join(': ').slice(0, 500)
}
