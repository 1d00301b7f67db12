import { decodePageToken, encodePageToken, invalid, invalidPageToken, limits, notFound, type Webhook, type WebhookDelivery, type WebhookEvent, type WebhookStatus } from '@cairn/protocol'
import { recordChange, type Author } from '../audit/index.ts'
import { read, write, type AnyOperation, type Reader } from '../platform/db/index.ts'
import { OutboundRefused, type Outbound } from '../platform/outbound/index.ts'
import { claimDue, deleteFinishedBefore, endLeases, finishAttempt, nextDue, oldestDelivery, selectDeliveries, type Outcome } from './deliveries-store.ts'
import { deleteWebhookRows, insertWebhook, replaceEvents, selectWebhook, selectWebhooks, toWebhook, updateWebhookRow, type WebhookRow } from './webhooks-store.ts'

const namePattern = /^(?=.{1,63}$)[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i
const urlLength = 2048
const descriptionLength = 5000
const secretLength = 4096

export function checkName(name: string): void {
  if (!namePattern.test(name)) {
    throw invalid(`Webhook name '${name}' is invalid. It must start and end with a letter or digit, be less than 63 characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).`)
  }
}

export function checkTexts(texts: { description?: string | undefined; secret?: string | undefined }): void {
  if ((texts.description?.length ?? 0) > descriptionLength) throw invalid(`'description' exceeds the maximum length of ${descriptionLength} characters`)
  if ((texts.secret?.length ?? 0) > secretLength) throw invalid(`'secret' exceeds the maximum length of ${secretLength} characters`)
}

/** Refuses a URL that would not be called, in MLflow's words. */
export async function checkUrl(url: string, outbound: Outbound, allowedSchemes: readonly string[]): Promise<void> {
  if (url.trim() === '') throw invalid(`Webhook URL cannot be empty or just whitespace: '${url}'`)
  if (url.length > urlLength) throw invalid(`'url' exceeds the maximum length of ${urlLength} characters`)
  try {
    await outbound.check(url)
  } catch (error) {
    if (!(error instanceof OutboundRefused)) throw error
    switch (error.reason) {
      case 'scheme': throw invalid(`Invalid webhook URL scheme: '${/^\s*([^:/?#]*):/.exec(url)?.[1]?.toLowerCase() ?? ''}'. Allowed schemes are: ${allowedSchemes.join(', ')}.`)
      case 'host': throw invalid(`Webhook URL must include a hostname: '${url}'`)
      case 'url': throw invalid(`Invalid webhook URL '${url}': ${error.message}`)
      case 'resolve': throw invalid(`Cannot resolve Webhook URL hostname '${error.host}': ${error.message}`)
      case 'address': throw invalid(`Webhook URL must not resolve to a non-public IP address. '${error.host}' resolves to ${error.address}.`)
    }
  }
}

/** Names a webhook: its id, in its workspace. */
interface WebhookName {
  readonly workspace: number
  readonly webhook_id: string
}

async function requireWebhook(tx: Reader, { workspace, webhook_id }: WebhookName): Promise<WebhookRow> {
  const row = await selectWebhook(tx, workspace, webhook_id)
  if (row === undefined) throw notFound(`Webhook with ID ${webhook_id} not found.`)
  return row
}

/** What the audit trail tells of a webhook: never the secret, only whether there is one. */
const audited = ({ name, description, url, status, events }: Webhook, sealed: string | null) =>
  ({ name, description, url, status, events, has_secret: sealed !== null })

interface NewWebhook extends WebhookName {
  name: string
  url: string
  events: WebhookEvent[]
  description: string | null
  status: WebhookStatus
  sealed_secret: string | null
  author: Author
}

export const addWebhook = write('webhooks.create', async (tx, input: NewWebhook): Promise<Webhook> => {
  const { author, events, workspace, ...given } = input
  const row: WebhookRow = { ...given, workspace_id: workspace, creation_timestamp: author.now, last_updated_timestamp: author.now }
  await insertWebhook(tx, row, events)
  const webhook = await toWebhook(tx, row)
  await recordChange(tx, author, { entity: 'webhook', uid: row.webhook_id, name: row.name, action: 'create', after: audited(webhook, row.sealed_secret) })
  return webhook
})

export const readWebhook = read('webhooks.get', async (tx, input: WebhookName): Promise<Webhook> =>
  toWebhook(tx, await requireWebhook(tx, input)))

/** For the test call: with the sealed secret, which stays in the server. */
export const readForTest = read('webhooks.getForTest', async (tx, input: WebhookName) => {
  const row = await requireWebhook(tx, input)
  return { webhook: await toWebhook(tx, row), sealed_secret: row.sealed_secret }
})

interface WebhookPage {
  webhooks?: Webhook[]
  next_page_token?: string
}

export const readWebhooks = read('webhooks.list', async (tx, input: { workspace: number; max_results?: number; page_token?: string }): Promise<WebhookPage> => {
  const limit = pageLimit(input.max_results)
  const state = decodePageToken(input.page_token)
  const { created, id } = state ?? {}
  const after = Number.isSafeInteger(created) && typeof id === 'string' ? { created: created as number, id } : undefined
  if (state && !after) throw invalidPageToken(state)
  const rows = await selectWebhooks(tx, input.workspace, after, limit + 1)
  const webhooks: Webhook[] = []
  for (const row of rows.slice(0, limit)) webhooks.push(await toWebhook(tx, row))
  const last = rows[limit - 1]
  return {
    ...(webhooks.length > 0 && { webhooks }),
    ...(rows.length > limit && { next_page_token: encodePageToken({ created: last!.creation_timestamp, id: last!.webhook_id }) }),
  }
})

/** 0 counts as absent, as in MLflow. */
function pageLimit(asked: number | undefined): number {
  const limit = asked || limits.page.webhooks.default
  if (limit < 1 || limit > limits.page.webhooks.max) throw invalid('max_results must be between 1 and 1000.')
  return limit
}

interface WebhookChange extends WebhookName {
  name?: string
  url?: string
  description?: string
  events?: WebhookEvent[]
  status?: WebhookStatus
  /** null takes the secret away. */
  sealed_secret?: string | null
  author: Author
}

export const changeWebhook = write('webhooks.update', async (tx, input: WebhookChange): Promise<Webhook> => {
  const before = await requireWebhook(tx, input)
  const old = await toWebhook(tx, before)
  const row: WebhookRow = {
    ...before,
    name: input.name ?? before.name, url: input.url ?? before.url, description: input.description ?? before.description, status: input.status ?? before.status,
    sealed_secret: input.sealed_secret === undefined ? before.sealed_secret : input.sealed_secret,
    last_updated_timestamp: input.author.now,
  }
  await updateWebhookRow(tx, row)
  if (input.events) await replaceEvents(tx, row.webhook_id, input.events)
  const webhook = await toWebhook(tx, row)
  await recordChange(tx, input.author, {
    entity: 'webhook', uid: row.webhook_id, name: row.name, action: 'update',
    before: audited(old, before.sealed_secret),
    after: { ...audited(webhook, row.sealed_secret), ...(row.sealed_secret !== before.sealed_secret && { secret_changed: true }) },
  })
  return webhook
})

export const removeWebhook = write('webhooks.delete', async (tx, input: WebhookName & { author: Author }): Promise<Record<string, never>> => {
  const row = await requireWebhook(tx, input)
  const webhook = await toWebhook(tx, row)
  await deleteWebhookRows(tx, row.webhook_id)
  await recordChange(tx, input.author, { entity: 'webhook', uid: row.webhook_id, name: row.name, action: 'delete', before: audited(webhook, row.sealed_secret) })
  return {}
})

interface DeliveryPage {
  deliveries: WebhookDelivery[]
  next_page_token?: string
}

export const readDeliveries = read('webhooks.deliveries', async (tx, input: WebhookName & { max_results?: number; page_token?: string }): Promise<DeliveryPage> => {
  await requireWebhook(tx, input)
  const limit = pageLimit(input.max_results)
  const state = decodePageToken(input.page_token)
  if (state && !Number.isSafeInteger(state['before'])) throw invalidPageToken(state)
  const before = state?.['before'] as number | undefined
  const found = await selectDeliveries(tx, input.webhook_id, before, limit + 1)
  const page = found.slice(0, limit)
  return {
    deliveries: page.map(({ delivery }) => delivery),
    ...(found.length > limit && { next_page_token: encodePageToken({ before: page.at(-1)!.seq }) }),
  }
})

export const readNextDue = read('webhooks.nextDue', (tx, _input: null) => nextDue(tx))
export const claimDeliveries = write('webhooks.claim', (tx, input: { now: number; limit: number; leaseMs: number }) => claimDue(tx, input))
export const finishDelivery = write('webhooks.finish', (tx, input: Outcome) => finishAttempt(tx, input))
export const endAllLeases = write('webhooks.endLeases', (tx, input: { now: number }) => endLeases(tx, input.now))
export const readOldestDelivery = read('webhooks.oldest', (tx, _input: null) => oldestDelivery(tx))
export const pruneDeliveries = write('webhooks.prune', (tx, input: { before: number }) => deleteFinishedBefore(tx, input.before))

export const webhookOperations: AnyOperation[] = [
  addWebhook, readWebhook, readForTest, readWebhooks, changeWebhook, removeWebhook, readDeliveries, readNextDue, claimDeliveries, finishDelivery, endAllLeases,
  readOldestDelivery, pruneDeliveries,
]
