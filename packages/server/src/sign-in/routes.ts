import { CairnError, createToken, deleteToken, listTokens } from '@cairn/protocol'
import type { Database } from '../platform/db/index.ts'
import { route, type Context, type Route } from '../platform/http/index.ts'
import { accessOf } from '../users/index.ts'
import { newToken, tokenOperations } from './tokens.ts'

export interface SignInDeps {
  readonly db: Database
  /** Told after each change to who may sign in. */
  changed(): void
}

const author = (context: Context) => ({ principal: context.principal.name, now: context.now() })

/** Tokens of somebody else are the affair of admins. */
function ofUser(username: string | undefined, { principal }: Context): string {
  if (username !== undefined && username !== principal.name && accessOf(principal)?.isAdmin !== true) throw new CairnError('PERMISSION_DENIED', 'Permission denied')
  return username ?? principal.name
}

export function signInRoutes({ db, changed }: SignInDeps): Route[] {
  return [
    route(createToken, async (input, context) => {
      const username = ofUser(input.username, context)
      const { text, row } = newToken({ ...input, username, own: accessOf(context.principal)?.scope, author: author(context) })
      return { token: text, info: await db.write(tokenOperations.create, row) }
    }),
    route(listTokens, async ({ username }, context) => ({ tokens: await db.read(tokenOperations.list, { username: ofUser(username, context) }) })),
    route(deleteToken, async ({ token_id }, context) => {
      const owner = accessOf(context.principal)?.isAdmin === true ? undefined : context.principal.name
      await db.write(tokenOperations.remove, { token_id, owner, author: author(context) })
      changed()
      return {}
    }),
  ]
}
