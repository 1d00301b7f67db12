import { CairnError } from '@cairn/protocol'
import { recordChange, type Author } from '../audit/index.ts'
import { write } from '../platform/db/index.ts'
import { addUser, auditedUser, bumpVersion, checkUsername, followAdmin, followGroups, selectUser, selectUserById, type UserRow } from '../users/index.ts'
import { insertIdentity, selectIdentity } from './identities-store.ts'

/** Somebody as a provider vouches for them. */
export interface Arrival {
  readonly issuer: string
  readonly subject: string
  /** What a new user is called. */
  readonly username: string
  /** Undefined where the provider says nothing of groups. */
  readonly groups: readonly string[] | undefined
  /** Whether a group makes them an admin; undefined where no group does. */
  readonly isAdmin: boolean | undefined
  /** Whether the provider may sign in as a user of this name who is there already. */
  readonly link: boolean
  readonly now: number
}

/** The user of an identity, made or linked when it is first seen; in the teams and with the rank that its groups say. */
const arrive = write('identities.arrive', async (tx, { issuer, subject, username, groups, isAdmin, link, now }: Arrival): Promise<UserRow> => {
  const known = await selectIdentity(tx, issuer, subject)
  let user = known && await selectUserById(tx, known.user_id)
  const author: Author = { principal: user?.username ?? username, now }
  if (user === undefined) {
    checkUsername(username)
    user = await selectUser(tx, username)
    if (user !== undefined && (!link || user.kind === 'service')) {
      throw new CairnError('RESOURCE_ALREADY_EXISTS', `There is a user '${username}' already, who is not known to be you. Ask an admin to rename one of you, or to set CAIRN_OIDC_LINK_USERS=true for a while.`)
    }
    user ??= await addUser(tx, { username, password_hash: null, is_admin: false, kind: 'person', author })
    await insertIdentity(tx, issuer, subject, user.id)
    await bumpVersion(tx, 'credentials')
    await recordChange(tx, author, { ...auditedUser(user), action: 'link_identity', after: { issuer, subject } })
  }
  // Many providers leave the claim out for whoever is in no group (any more).
  await followGroups(tx, user, groups ?? [], author)
  if (isAdmin !== undefined) await followAdmin(tx, user, isAdmin, author)
  return { ...user }
})

export const identityOperations = { arrive }
