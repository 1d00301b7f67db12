import type { AnyOperation, Writer } from '../platform/db/index.ts'
import { setUpOperations } from './first-admin.ts'
import { deleteIdentitiesOf } from './identities-store.ts'
import { identityOperations } from './identities.ts'
import { sessionOperations } from './sessions.ts'
import { deleteSessionsOf } from './sessions-store.ts'
import { tokenOperations } from './tokens.ts'
import { deleteTokensOf } from './tokens-store.ts'

export { Accounts, type AccountsOptions } from './accounts.ts'
export { firstAdmin } from './first-admin.ts'
export { accountsGate } from './gate.ts'
export { AuthFileProblem, readAuthFile, type AuthSettings } from './auth-file.ts'
export { newToken, tokenOperations } from './tokens.ts'
export { createProvider, type OidcSettings, type Provider } from './provider.ts'
export { oidcRoutes, type OidcDeps } from './oidc-routes.ts'
export { signInPages, type PageDeps } from './page-routes.ts'
export { signInRoutes, type SignInDeps } from './routes.ts'
export { signInMigrations } from './tables.ts'

export const signInOperations: readonly AnyOperation[] = [...Object.values(tokenOperations), ...Object.values(sessionOperations), ...Object.values(setUpOperations), ...Object.values(identityOperations)]

/** What this slice keeps of a user goes with the user. */
export const signInHooks = {
  async forget(tx: Writer, { id }: { readonly id: number }): Promise<void> {
    await deleteTokensOf(tx, id)
    await deleteIdentitiesOf(tx, id)
    await deleteSessionsOf(tx, id)
  },
  async signOut(tx: Writer, { id }: { readonly id: number }): Promise<void> {
    await deleteSessionsOf(tx, id)
  },
}
