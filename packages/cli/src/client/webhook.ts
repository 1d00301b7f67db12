import { listWebhooks, webhookEventNames, type Webhook, type WebhookEvent } from '@cairn/protocol'
import { UserError, UsageError } from '../framework/errors.ts'
import type { OptionSpec } from '../framework/command.ts'
import { nearest } from '../framework/suggest.ts'
import type { Connection } from './connection.ts'
import { collect } from './lookup.ts'

export const webhookArgument = { summary: 'Its name, or its id where several have the name.' } as const
export const webhookEvents = { kind: 'list', short: 'e', value: 'EVENT', choices: webhookEventNames, summary: 'Call it when this happens.' } as const satisfies OptionSpec
export const secretFile = {
  kind: 'text', value: 'FILE', summary: 'Sign calls with the secret in the first line of this file (/dev/stdin too).',
} as const satisfies OptionSpec

/** Every webhook of the workspace, for a name to be looked up in: there are few. */
export const allWebhooks = (connection: Connection, limit: number): Promise<{ items: Webhook[]; more: boolean }> =>
  collect(limit, 1000, async (max_results, page_token) => {
    const { webhooks, next_page_token } = await connection.call(listWebhooks, { max_results, ...(page_token !== undefined && { page_token }) })
    return { items: webhooks, next: next_page_token }
  })

export async function findWebhook(connection: Connection, nameOrId: string): Promise<Webhook> {
  const { items } = await allWebhooks(connection, 100_000)
  const byId = items.find(({ webhook_id }) => webhook_id === nameOrId)
  if (byId !== undefined) return byId
  const [first, ...others] = items.filter(({ name }) => name === nameOrId)
  if (first === undefined) throw new UserError(`There is no webhook "${nameOrId}".`, 'See: cairn webhooks list')
  if (others.length > 0) throw new UserError(`${others.length + 1} webhooks are called "${nameOrId}".`, `Name one by its id: ${[first, ...others].map(({ webhook_id }) => webhook_id).join(', ')}`)
  return first
}

/** `model_version.created`, as MLflow's client writes it. */
export const eventName = ({ entity, action }: WebhookEvent): string => `${entity}.${action}`.toLowerCase()

export function readEvent(text: string): WebhookEvent {
  const known: readonly string[] = webhookEventNames
  const name = text.toLowerCase()
  if (!known.includes(name)) {
    const meant = nearest(name, known)
    throw new UsageError(`"${text}" is no event.`, meant === undefined ? `Events are ${known.join(', ')}.` : `Did you mean ${meant}?`)
  }
  const [entity, action] = name.toUpperCase().split('.')
  return { entity, action } as WebhookEvent
}
