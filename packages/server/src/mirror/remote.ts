import type { Outbound } from '../platform/outbound/index.ts'
import { mlflowApi, type MlflowApi } from '../transfer/index.ts'

export interface RemoteSettings {
  /** Without credentials and without a slash at its end. */
  readonly url: string
  readonly username: string | undefined
  readonly password: string | undefined
  readonly token: string | undefined
}

/** Nobody answers, or not now: what was asked is asked again later. */
export class RemoteAway extends Error {
  /** Where it has answered. */
  readonly status: number | undefined
  constructor(message: string, options: ErrorOptions & { readonly status?: number } = {}) {
    super(message, options)
    this.status = options.status
  }
}

const timeoutMs = 60_000
/** Of a listing of files, say. */
const longestAnswer = 64 * 2 ** 20

/** The server that everything goes to, by the one way out of this one. Throws `RemoteAway` and `MlflowRefused`. */
export function openRemote({ url, username, password, token }: RemoteSettings, outbound: Outbound, signal: AbortSignal): MlflowApi {
  const authorization = token ? `Bearer ${token}` : username ? `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` : undefined
  return mlflowApi(url, async (path, { method = 'GET', headers, body, ...init }: RequestInit & { size?: number } = {}) => {
    const sent = body instanceof ReadableStream ? { size: init.size!, pieces: body as AsyncIterable<Uint8Array> } : body as string | undefined
    let answer
    try {
      answer = await outbound.send({
        method: method as 'GET', url: url + path, timeoutMs, maxResponseBytes: longestAnswer, signal,
        headers: { ...headers as Record<string, string> | undefined, ...(authorization !== undefined && { authorization }) }, ...(sent !== undefined && { body: sent }),
      })
    } catch (error) {
      signal.throwIfAborted()
      throw new RemoteAway(`${url}: ${(error as Error).message}`, { cause: error })
    }
    const { status, body: text } = answer
    // A redirect is not followed: who moved the server says so in the setting.
    if (status >= 500 || status === 429 || status === 408 || status === 401 || status === 403 || (status >= 300 && status < 400)) {
      throw new RemoteAway(`${url} answered ${status} to ${method} ${path.split('?')[0]}: ${text.toString('utf8').slice(0, 300)}`, { status })
    }
    return new Response(status === 204 ? null : new Uint8Array(text), { status })
  })
}
