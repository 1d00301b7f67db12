import type { IncomingMessage } from 'node:http'
import type { Endpoint } from '@cairn/protocol'
import type { Principal } from './types.ts'

/**
 * The one authentication gate. Every request passes it before anything is read of its body: API,
 * files, pages, unknown paths. It answers who the caller is or throws `UNAUTHENTICATED` /
 * `PERMISSION_DENIED`.
 */
export interface Gate {
  /** `endpoint` is undefined for pages and for paths that no endpoint has. */
  admit(request: IncomingMessage, endpoint: Endpoint | undefined): Principal | Promise<Principal>
}

const anonymous: Principal = { name: 'anonymous' }

/** Without accounts: everybody who passed the host and origin checks, under the name `anonymous`. */
export const openGate: Gate = { admit: () => anonymous }
