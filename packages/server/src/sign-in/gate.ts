import { CairnError, type Endpoint } from '@cairn/protocol'
import { clientAddress, type Gate, type GateRequest, type Principal, type Reply } from '../platform/http/index.ts'
import type { Accounts } from './accounts.ts'
import { unauthenticated } from './proofs.ts'
import { signInInstead } from './page-routes.ts'

const anybody: Principal = { name: 'anonymous' }

export interface GateOptions {
  /** Whether an endpoint is for everybody. */
  open(endpoint: Endpoint): boolean
  readonly trustedProxies: readonly string[]
  readonly staticPrefix: string
  readonly elsewhere?: string | undefined
}

/** The gate of a server with accounts: everybody signs in, but for the few endpoints that say otherwise. */
export function accountsGate(accounts: Accounts, options: GateOptions): Gate {
  const refused = (error: unknown, request: GateRequest, endpoint: Endpoint | undefined): Reply => {
    if (!(error instanceof CairnError) || error.code !== 'UNAUTHENTICATED') throw error
    const { headers, method } = request
    if (method === 'GET' && asksForPage(request, endpoint)) {
      const path = request.url!.startsWith(options.staticPrefix) ? request.url!.slice(options.staticPrefix.length) : request.url!
      return signInInstead(options.staticPrefix, path, options.elsewhere)
    }
    // A challenge would make the browser ask for a password by itself, in front of our own page.
    throw headers['sec-fetch-mode'] === undefined ? error : unauthenticated(false)
  }
  return {
    admit(request, endpoint) {
      if (endpoint !== undefined && options.open(endpoint)) return anybody
      try {
        const caller = accounts.admit(request.method, request.headers, clientAddress(request, options.trustedProxies))
        return caller instanceof Promise ? caller.catch((error: unknown) => refused(error, request, endpoint)) : caller
      } catch (error) {
        return refused(error, request, endpoint)
      }
    },
  }
}

/** A browser that somebody pointed at a page, which is any path that no endpoint has, or one of the pages around signing in. */
function asksForPage({ headers }: GateRequest, endpoint: Endpoint | undefined): boolean {
  return (endpoint === undefined || endpoint.group === 'sign-in') && headers.authorization === undefined && String(headers['accept'] ?? '').includes('text/html')
}
