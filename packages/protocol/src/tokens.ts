import { endpoint } from './endpoint.ts'
import { answer, Empty, Int64, List, message, Str, type Static } from './schema.ts'

/** A personal access token, without its secret, of which the server only keeps a hash. */
export const Token = answer({
  token_id: Str, username: Str, name: Str,
  /** `read`, `write` or `admin`, and perhaps the resources that it is limited to: `experiment:5`, `registered_model:churn`. */
  scopes: List(Str),
  /** Milliseconds since the epoch. */
  creation_time: Int64,
}, {
  /** Milliseconds since the epoch; left out for a token without an end. */
  expiry_time: Int64,
  /** To the minute; left out while it was never used. */
  last_used_time: Int64,
})
export type Token = Static<typeof Token>

const group = 'tokens'
const api = 'cairn'

export const createToken = endpoint({
  name: 'createToken', method: 'POST', api, path: '/tokens', group,
  summary: 'Makes a token for oneself, or for another user or a service account as an admin. The answer holds its text, which is shown this once. Scopes: one of read, write (default) and admin, and the resources to which it is limited, if any. expires_in_days 1 to 3,650, default 90; 0 for no end.',
  request: message({ name: Str }, { username: Str, scopes: List(Str), expires_in_days: Int64 }),
  response: answer({ token: Str, info: Token }),
})

export const listTokens = endpoint({
  name: 'listTokens', method: 'GET', api, path: '/tokens', group,
  summary: 'One\'s own tokens, or those of another user as an admin; newest first.',
  request: message({}, { username: Str }), response: answer({ tokens: List(Token) }),
})

export const deleteToken = endpoint({
  name: 'deleteToken', method: 'DELETE', api, path: '/tokens/{token_id}', group,
  summary: 'Ends a token at once; one\'s own, or anybody\'s as an admin.', request: message({ token_id: Str }), response: Empty,
})

export const tokenEndpoints = [createToken, listTokens, deleteToken] as const
