import { OutboundRefused, type Outbound, type OutboundResponse } from '../platform/outbound/index.ts'
import type { SecretBox } from './secret-box.ts'
import { deliveryHeaders } from './signature.ts'
import { inWorkspace } from './events.ts'

export interface SenderOptions {
  readonly outbound: Outbound
  readonly secrets: SecretBox
  readonly timeoutMs: number
  now(): number
  /** Names a workspace by its id; only where the server has workspaces, for then each call says whose it is. */
  workspaceName?(id: number): Promise<string | undefined>
}

export interface Call {
  readonly delivery_id: string
  readonly webhook_id: string
  readonly url: string
  readonly body: string
  readonly sealed_secret: string | null
  /** Of the webhook. */
  readonly workspace_id: number
}

const responseBytes = 64 * 1024

/** Makes one signed call. */
export async function sendCall(options: SenderOptions, call: Call, signal?: AbortSignal): Promise<OutboundResponse> {
  const secret = call.sealed_secret === null ? undefined : await options.secrets.open(call.sealed_secret, call.webhook_id)
  const workspace = await options.workspaceName?.(call.workspace_id)
  const body = workspace === undefined ? call.body : inWorkspace(call.body, workspace)
  return options.outbound.send({
    method: 'POST', url: call.url, body,
    headers: deliveryHeaders({ id: call.delivery_id, body, secret, now: options.now() }),
    timeoutMs: options.timeoutMs, maxResponseBytes: responseBytes, ...(signal && { signal }),
  })
}

const retried = [429, 500, 502, 503, 504]

/** What an attempt says about the next one. */
export interface Verdict {
  readonly status: 'DELIVERED' | 'FAILED' | 'RETRY'
  readonly response_status?: number
  readonly error_message?: string
  /** What the receiver asked for. */
  readonly retryAfterMs?: number
}

export function judgeResponse(response: OutboundResponse, now: number): Verdict {
  const { status } = response
  if (status >= 200 && status < 300) return { status: 'DELIVERED', response_status: status }
  if (status < 400) return { status: 'FAILED', response_status: status, error_message: 'The receiver answered with a redirect, which is not followed.' }
  const retryAfterMs = retryAfter(response.headers['retry-after'], now)
  return {
    status: retried.includes(status) ? 'RETRY' : 'FAILED', response_status: status, error_message: `The receiver answered ${status}.`,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
}

export function judgeError(error: unknown): Verdict {
  const message = error instanceof Error ? error.message : String(error)
  // A name may resolve a moment later; an address that is refused will be refused again.
  if (error instanceof OutboundRefused) return { status: error.reason === 'resolve' ? 'RETRY' : 'FAILED', error_message: message }
  return { status: 'RETRY', error_message: message }
}

const longestWaitMs = 3_600_000

function retryAfter(value: string | string[] | undefined, now: number): number | undefined {
  if (typeof value !== 'string') return undefined
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestWaitMs)
}
