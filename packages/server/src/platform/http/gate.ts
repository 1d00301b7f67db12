import type { IncomingMessage } from 'node:http'
import type { Endpoint } from '@cairn/protocol'
import type { Principal, Reply } from './types.ts'

export type GateRequest = Pick<IncomingMessage, 'headers' | 'socket' | 'method' | 'url'>

/**
 * The one authentication gate. Every request passes it before anything is read of its body: API,
 * files, pages, unknown paths. It answers who the caller is or throws `UNAUTHENTICATED` /
 * `PERMISSION_DENIED`; or it answers a page in place of the one that was asked for.
 */
export interface Gate {
  /** `endpoint` is undefined for pages and for paths that no endpoint has. */
  admit(request: GateRequest, endpoint: Endpoint | undefined): Principal | Reply | Promise<Principal | Reply>
}

const anonymous: Principal = { name: 'anonymous' }

/** Without accounts: everybody who passed the host and origin checks, under the name `anonymous`. */
export const openGate: Gate = { admit: () => anonymous }
