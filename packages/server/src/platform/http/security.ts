import { isIP } from 'node:net'

/**
 * Who may talk to the server from a browser: the checks that keep a foreign page from driving a
 * server on the user's own machine (DNS rebinding, cross-site requests). MLflow's answers and
 * options; what differs is that a private address must be an address (`10.evil.example` is not),
 * and that the origin is checked on every path, not only below `/api/`, and of whatever brings a body.
 */
export interface SecurityOptions {
  /** Host names with `*` wildcards, with or without port; empty: loopback and private addresses. */
  readonly allowedHosts: readonly string[]
  /** Origins such as `https://ui.example`; `*` allows all, then without credentials. */
  readonly corsAllowedOrigins: readonly string[]
  readonly xFrameOptions: 'SAMEORIGIN' | 'DENY' | 'NONE'
  readonly disabled: boolean
}

export interface Verdict {
  readonly status: number
  readonly text: string
}

export interface SecurityPolicy {
  /** Headers that every answer carries. */
  readonly headers: Readonly<Record<string, string>>
  /** Why the request is refused, or undefined. */
  check(request: { method: string; path: string; host: string | undefined; origin: string | undefined; hasBody: boolean }): Verdict | undefined
  /** Headers that let the page of an allowed origin read the answer. */
  corsHeaders(origin: string | undefined): Record<string, string> | undefined
  preflight(origin: string): { status: number; text: string; headers: Record<string, string> }
}

const exempt = new Set(['/health', '/ready', '/version'])
const writing = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

export function securityPolicy(options: SecurityOptions): SecurityPolicy {
  const hosts = options.allowedHosts.map(glob)
  const allowed = new Set(options.corsAllowedOrigins)
  const decideHost = (host: string): boolean =>
    hosts.length === 0 ? isLocalOrPrivate(host) : hosts.some((pattern) => pattern.test(host) || pattern.test(withoutPort(host)))
  // A connection names the same host in all its requests.
  let lastAllowed: string | undefined
  const hostAllowed = (host: string): boolean => {
    if (host === lastAllowed) return true
    if (!decideHost(host)) return false
    lastAllowed = host
    return true
  }
  const originAllowed = (origin: string): boolean => allowed.has('*') || allowed.has(origin) || isLocalOrigin(origin)
  const corsHeaders = (origin: string | undefined): Record<string, string> | undefined => {
    if (origin === undefined || !originAllowed(origin)) return undefined
    return allowed.has('*')
      ? { 'access-control-allow-origin': '*' }
      : { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' }
  }
  const headers: Record<string, string> = { 'x-content-type-options': 'nosniff', vary: 'Origin' }
  if (options.xFrameOptions !== 'NONE') headers['x-frame-options'] = options.xFrameOptions
  if (options.disabled) {
    return { headers: {}, check: () => undefined, corsHeaders, preflight: () => ({ status: 204, text: '', headers: {} }) }
  }
  return {
    headers,
    check({ method, path, host, origin, hasBody }) {
      if (exempt.has(path)) return undefined
      if (host === undefined || !hostAllowed(host)) return { status: 403, text: 'Invalid Host header - possible DNS rebinding attack detected' }
      if (origin !== undefined && (hasBody || writing.has(method)) && !originAllowed(origin) && !sameOrigin(origin, host)) {
        return { status: 403, text: 'Cross-origin request blocked' }
      }
      return undefined
    },
    corsHeaders,
    preflight(origin) {
      const cors = corsHeaders(origin)
      if (cors === undefined) return { status: 400, text: 'Disallowed CORS origin', headers: {} }
      return {
        status: 200, text: 'OK',
        headers: {
          ...cors,
          'access-control-allow-methods': 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT',
          'access-control-allow-headers': 'Accept, Authorization, Content-Type, Last-Event-ID, X-Requested-With',
          'access-control-max-age': '600',
        },
      }
    },
  }
}

function glob(pattern: string): RegExp {
  const source = pattern.toLowerCase().replace(/[.+^${}()|\\[\]]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')
  return new RegExp(`^${source}$`, 'i')
}

const withoutPort = (host: string): string => host.replace(/:\d+$/, '')

function sameOrigin(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`
}

function isLocalOrigin(origin: string): boolean {
  try {
    const { hostname, protocol } = new URL(origin)
    return (protocol === 'http:' || protocol === 'https:') && isLoopbackName(hostname)
  } catch {
    return false
  }
}

const isLoopbackName = (name: string): boolean => name === 'localhost' || name === '127.0.0.1' || name === '[::1]'

/** The default: names and addresses that only this machine or its private network can mean. */
export function isLocalOrPrivate(host: string): boolean {
  const name = withoutPort(host).toLowerCase()
  if (isLoopbackName(name) || name === '0.0.0.0') return true
  if (isIP(name) === 4) {
    const [a, b] = name.split('.').map(Number) as [number, number]
    return a === 10 || a === 127 || (a === 192 && b === 168) || (a === 172 && b >= 16 && b <= 31)
  }
  return name.startsWith('[') && isIP(name.slice(1, -1)) === 6 && /^\[f[cd][0-9a-f]{2}:/.test(name)
}
