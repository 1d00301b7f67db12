import { one, type Headers } from '../forms/index.ts'
import type { Errand } from './provider.ts'

/**
 * The cookie that holds a session. It is no credential for anybody's page but ours: a request that
 * another page makes, be it on another port of this machine, is as if it came without.
 */


const plain = 'cairn_session'
/** Browsers let only the host itself set a cookie of this name, and only over TLS. */
const secure = '__Host-cairn_session'
const plainErrand = 'cairn_sign_in'
const secureErrand = '__Host-cairn_sign_in'

export const isSecure = (headers: Headers): boolean => one(headers, 'x-forwarded-proto')?.split(',')[0]?.trim() === 'https'

const cookiesIn = (headers: Headers): Map<string, string> => new Map((one(headers, 'cookie') ?? '').split(';').map((part): [string, string] => {
  const at = part.indexOf('=')
  return [part.slice(0, at).trim(), part.slice(at + 1).trim()]
}))

export function sessionIn(headers: Headers): string | undefined {
  const cookies = cookiesIn(headers)
  const value = isSecure(headers) ? cookies.get(secure) : cookies.get(plain)
  return value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : undefined
}

export function sessionCookie(secret: string | undefined, headers: Headers, staticPrefix: string): string {
  const end = secret === undefined ? '; Max-Age=0' : ''
  return isSecure(headers)
    ? `${secure}=${secret ?? ''}; Path=/; HttpOnly; SameSite=Lax; Secure${end}`
    : `${plain}=${secret ?? ''}; Path=${staticPrefix === '' ? '/' : staticPrefix}; HttpOnly; SameSite=Lax${end}`
}

const errandMs = 10 * 60 * 1000

/** What a browser keeps while it is away to sign in: a cookie for that one way, which scripts cannot read. */
export function errandCookie(errand: Errand & { readonly next: string } | undefined, headers: Headers, staticPrefix: string): string {
  const value = errand === undefined ? '' : Buffer.from(JSON.stringify(errand)).toString('base64url')
  const age = errand === undefined ? 0 : errandMs / 1000
  return isSecure(headers)
    ? `${secureErrand}=${value}; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=${age}`
    : `${plainErrand}=${value}; Path=${staticPrefix}/sign-in; HttpOnly; SameSite=Lax; Max-Age=${age}`
}

export function errandIn(headers: Headers): (Errand & { readonly next: string }) | undefined {
  const text = cookiesIn(headers).get(isSecure(headers) ? secureErrand : plainErrand)
  if (text === undefined || text === '' || text.length > 4096) return undefined
  try {
    const { state, nonce, verifier, next } = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Record<string, unknown>
    return [state, nonce, verifier, next].every((part) => typeof part === 'string') ? { state, nonce, verifier, next } as Errand & { next: string } : undefined
  } catch {
    return undefined
  }
}
