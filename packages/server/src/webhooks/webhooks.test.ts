import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, test } from 'node:test'
import {
  createWebhook, deleteWebhook, getWebhook, listAuditEntries, listWebhookDeliveries, listWebhooks, testWebhook, updateWebhook, webhookEventNames,
  type Webhook, type WebhookDelivery,
} from '@cairn/protocol'
import { auditMigrations, auditRoutes } from '../audit/index.ts'
import { workspaceOf } from '../workspaces/index.ts'
import { write } from '../platform/db/index.ts'
import { createOutbound } from '../platform/outbound/index.ts'
import { startApi, type ApiServer } from '../testing/api-server.ts'
import { enqueueEvent, openSecretBox, WebhookDispatcher, webhookMigrations, webhookRoutes } from './index.ts'
import { eventKinds, inWorkspace } from './events.ts'
import { cert, startReceiver } from './testing.ts'

const happen = write('webhooksTest.happen', async (tx, input: { name: string; fail?: boolean; workspace?: number }) => {
  await enqueueEvent(tx, input.workspace ?? 1, 'REGISTERED_MODEL', 'CREATED', { name: input.name, tags: {}, description: '' }, 1_700_000_000_000)
  if (input.fail) throw new Error('The change failed.')
})
const quiet = { debug() {}, info() {}, warn() {}, error(message: string, fields?: object) { console.error(message, fields) } }

let folder: string
before(() => { folder = mkdtempSync(join(tmpdir(), 'cairn-webhooks-')) })
after(() => rmSync(folder, { recursive: true }))

async function start(options: { allowPrivate?: boolean; schemes?: string[]; maxRetries?: number; timeoutMs?: number; resolve?(host: string): Promise<string[]>; workspaceName?(id: number): Promise<string> } = {}) {
  const { allowPrivate = true, schemes = ['http', 'https'], maxRetries = 3, timeoutMs = 2000, resolve, workspaceName } = options
  const outbound = createOutbound({ allowedSchemes: schemes, allowPrivate, ca: cert, ...(resolve && { resolve }) })
  const sender = { outbound, secrets: openSecretBox({ key: undefined, keyFile: join(folder, 'keys', 'webhook.key') }), timeoutMs, now: Date.now, ...(workspaceName && { workspaceName }) }
  const api = await startApi({
    migrations: [...auditMigrations, ...webhookMigrations], now: Date.now,
    routes: (db) => [...webhookRoutes({ db, ...sender, allowedSchemes: schemes }), ...auditRoutes({ db, placeOf: workspaceOf })],
  })
  const dispatcher = () => new WebhookDispatcher({ ...sender, db: api.db, log: quiet, concurrency: 4, maxRetries, backoffMs: 1 })
  return { api, dispatcher }
}

const events = [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }]
const hook = async (api: ApiServer, url: string, more: object = {}): Promise<Webhook> =>
  (await api.call(createWebhook, { name: 'hook', url, events, ...more })).webhook

/** The log of a webhook once nothing of it is pending. */
async function settled(api: ApiServer, webhook_id: string): Promise<WebhookDelivery[]> {
  for (;;) {
    const { deliveries } = await api.call(listWebhookDeliveries, { webhook_id })
    if (deliveries.length > 0 && deliveries.every(({ status }) => status !== 'PENDING')) return deliveries
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('webhooks', () => {
  it('are created, read, changed, listed and deleted, and never tell their secret', async () => {
    const { api } = await start()
    await using _ = api
    const made = await hook(api, 'http://example.com/a', { secret: 'hush-hush', description: 'first' })
    assert.deepEqual({ ...made, webhook_id: 0, creation_timestamp: 0, last_updated_timestamp: 0 }, {
      webhook_id: 0, name: 'hook', description: 'first', url: 'http://example.com/a', events, status: 'ACTIVE', creation_timestamp: 0, last_updated_timestamp: 0,
    })
    const { webhook_id } = made
    const { webhook } = await api.call(updateWebhook, {
      webhook_id, name: '', url: '', description: '', events: [{ entity: 'PROMPT', action: 'CREATED' }, ...events, ...events], status: 'DISABLED', secret: 'other-secret',
    })
    assert.deepEqual([webhook.name, webhook.url, webhook.description, webhook.status], ['hook', 'http://example.com/a', undefined, 'DISABLED'])
    assert.deepEqual(webhook.events, [{ entity: 'PROMPT', action: 'CREATED' }, ...events])
    assert.deepEqual((await api.call(getWebhook, { webhook_id })).webhook, webhook)
    const second = await hook(api, 'http://example.com/b')
    const first = await api.call(listWebhooks, { max_results: 1 })
    const rest = await api.call(listWebhooks, { max_results: 1, page_token: first.next_page_token })
    assert.deepEqual([...first.webhooks!, ...rest.webhooks!].map((one) => one.webhook_id).toSorted(), [webhook_id, second.webhook_id].toSorted())
    assert.equal(rest.next_page_token, undefined)
    assert.deepEqual(await api.call(deleteWebhook, { webhook_id }), {})
    assert.equal(await api.error(getWebhook, { webhook_id }), `404 RESOURCE_DOES_NOT_EXIST: Webhook with ID ${webhook_id} not found.`)
    const audit = await api.call(listAuditEntries, { entity: 'webhook' })
    assert.deepEqual(audit.entries.map(({ action }) => action), ['delete', 'create', 'update', 'create'])
    assert.doesNotMatch(JSON.stringify(audit), /hush|other-secret|v1\./)
    const stored = await api.db.read({ kind: 'read', name: 'x', run: (tx) => tx.all('SELECT * FROM webhooks') }, null)
    assert.doesNotMatch(JSON.stringify(stored), /hush|other-secret/)
  })

  it('with a bad name, event, page or address are refused in MLflow\'s words', async () => {
    const { api } = await start({ allowPrivate: false, schemes: ['https'], resolve: async (host) => {
      if (host === 'rebound.example') return ['93.184.216.34', '10.0.0.7']
      if (host === 'good.example') return ['93.184.216.34']
      throw new Error('ENOTFOUND')
    } })
    await using _ = api
    const good = { name: 'hook', url: 'https://good.example/x', events }
    const bad = '400 INVALID_PARAMETER_VALUE: '
    for (const [change, words] of [
      [{ name: 'x-' }, "Webhook name 'x-' is invalid. It must start and end with a letter or digit, be less than 63 characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-)."],
      [{ events: [{ entity: 'MODEL_VERSION', action: 'UPDATED' }] }, "Invalid action 'updated' for entity 'model_version'. Valid actions are: ['created']"],
      [{ events: [{ entity: 'PROMPT_TAG', action: 'CREATED' }] }, "Invalid action 'created' for entity 'prompt_tag'. Valid actions are: ['deleted', 'set']"],
      [{ events: [] }, 'Webhook events must be a non-empty list of WebhookEvent objects: [].'],
      [{ url: 'http://good.example' }, "Invalid webhook URL scheme: 'http'. Allowed schemes are: https."],
      [{ url: 'https://' }, "Webhook URL must include a hostname: 'https://'"],
      [{ url: '   ' }, "Webhook URL cannot be empty or just whitespace: '   '"],
      [{ url: 'https://127.0.0.1/x' }, "Webhook URL must not resolve to a non-public IP address. '127.0.0.1' resolves to 127.0.0.1."],
      [{ url: 'https://[::1]' }, "Webhook URL must not resolve to a non-public IP address. '::1' resolves to ::1."],
      [{ url: 'https://rebound.example' }, "Webhook URL must not resolve to a non-public IP address. 'rebound.example' resolves to 10.0.0.7."],
    ] as const) assert.equal(await api.error(createWebhook, { ...good, ...change }), bad + words)
    assert.match(await api.error(createWebhook, { ...good, url: 'https://unknown.example' }), /Cannot resolve Webhook URL hostname 'unknown.example'/)
    assert.equal(await api.error(listWebhooks, { max_results: 1001 }), `${bad}max_results must be between 1 and 1000.`)
    assert.equal(await api.error(listWebhooks, { page_token: 'abcde' }), `${bad}Invalid page token, could not base64-decode`)
    assert.equal(await api.error(testWebhook, { webhook_id: 'nope' }), '404 RESOURCE_DOES_NOT_EXIST: Webhook with ID nope not found.')
    const { webhook } = await api.call(createWebhook, good)
    assert.equal(await api.error(updateWebhook, { webhook_id: webhook.webhook_id, url: 'https://169.254.169.254/latest/meta-data' }),
      `${bad}Webhook URL must not resolve to a non-public IP address. '169.254.169.254' resolves to 169.254.169.254.`)
  })
})

describe('an event', () => {
  it('is sent over TLS, signed as MLflow signs, exactly when its change was made', async () => {
    await using receiver = await startReceiver(undefined, true)
    const { api, dispatcher } = await start({ resolve: async () => ['127.0.0.1'] })
    await using _ = api
    const { webhook_id } = await hook(api, receiver.url, { secret: 'hush' })
    await hook(api, receiver.url, { events: [{ entity: 'PROMPT', action: 'CREATED' }] })
    await hook(api, receiver.url, { status: 'DISABLED' })
    await assert.rejects(api.db.write(happen, { name: 'never', fail: true }))
    // Of another workspace this webhook hears nothing.
    await api.db.write(happen, { name: 'elsewhere', workspace: 2 })
    await api.db.write(happen, { name: 'churn' })
    await using running = dispatcher()
    await running.start()
    const [call] = await receiver.calls(1)
    const { headers, body } = call!
    assert.deepEqual(JSON.parse(body), {
      entity: 'registered_model', action: 'created', timestamp: '2023-11-14T22:13:20.000+00:00', data: { name: 'churn', tags: {}, description: '' },
    })
    assert.equal(headers['content-type'], 'application/json')
    assert.ok(Math.abs(Number(headers['x-mlflow-timestamp']) - Date.now() / 1000) < 60)
    const signed = createHmac('sha256', 'hush').update(`${String(headers['x-mlflow-delivery-id'])}.${String(headers['x-mlflow-timestamp'])}.${body}`).digest('base64')
    assert.equal(headers['x-mlflow-signature'], `v1,${signed}`)
    const [delivery, ...others] = await settled(api, webhook_id)
    assert.deepEqual([delivery!.status, delivery!.attempts, delivery!.response_status, others], ['DELIVERED', 1, 200, []])
    assert.equal(delivery!.delivery_id, headers['x-mlflow-delivery-id'])
    assert.equal(receiver.received.length, 1)
  })

  it('and the test call say whose they are, and are signed with it, where the server has workspaces', async () => {
    await using receiver = await startReceiver()
    const { api, dispatcher } = await start({ workspaceName: async (id) => ['', 'default', 'team "a"'][id]! })
    await using _ = api
    const { webhook_id } = await hook(api, receiver.url, { secret: 'hush' })
    await api.db.write(happen, { name: 'churn' })
    await using running = dispatcher()
    await running.start()
    await receiver.calls(1)
    await api.call(testWebhook, { webhook_id })
    for (const { headers, body } of receiver.received) {
      assert.deepEqual(Object.keys(JSON.parse(body) as object), ['entity', 'action', 'timestamp', 'data', 'workspace'])
      assert.equal((JSON.parse(body) as { workspace: string }).workspace, 'default')
      assert.equal(headers['x-mlflow-signature'], `v1,${createHmac('sha256', 'hush').update(`${String(headers['x-mlflow-delivery-id'])}.${String(headers['x-mlflow-timestamp'])}.${body}`).digest('base64')}`)
    }
    assert.deepEqual(JSON.parse(inWorkspace('{"data":{}}', 'team "a"')), { data: {}, workspace: 'team "a"' })
  })

  it('is tried again with the same id while the receiver is busy, as often as configured', async () => {
    await using receiver = await startReceiver((response, call) => { response.writeHead(call < 3 ? 503 : 204, call === 1 ? { 'retry-after': '0' } : {}).end() })
    await using down = await startReceiver((response) => { response.writeHead(429).end() })
    const { api, dispatcher } = await start()
    await using _ = api
    const busy = await hook(api, receiver.url)
    const dead = await hook(api, down.url)
    await using running = dispatcher()
    await running.start()
    await api.db.write(happen, { name: 'churn' })
    running.wake()
    const [delivered] = await settled(api, busy.webhook_id)
    assert.deepEqual([delivered!.status, delivered!.attempts, delivered!.response_status], ['DELIVERED', 3, 204])
    assert.equal(new Set(receiver.received.map(({ headers }) => headers['x-mlflow-delivery-id'])).size, 1)
    const [failed] = await settled(api, dead.webhook_id)
    assert.deepEqual([failed!.status, failed!.attempts, failed!.response_status, failed!.error_message], ['FAILED', 4, 429, 'The receiver answered 429.'])
    assert.equal(down.received.length, 4)
  })

  it('is given up at once when the receiver refuses it, redirects it, or has turned private', async () => {
    await using refusing = await startReceiver((response) => { response.writeHead(400).end() })
    await using redirecting = await startReceiver((response) => { response.writeHead(307, { location: refusing.url }).end() })
    let addresses = ['93.184.216.34']
    const guarded = await start({ allowPrivate: false, schemes: ['http'], resolve: async () => addresses })
    await using _guarded = guarded.api
    const turned = await hook(guarded.api, `http://rebound.example:${new URL(refusing.url).port}/`)
    addresses = ['127.0.0.1']
    const { api, dispatcher } = await start()
    await using _ = api
    const refused = await hook(api, refusing.url)
    const moved = await hook(api, redirecting.url)
    await using first = dispatcher()
    await using second = guarded.dispatcher()
    for (const [db, running] of [[api.db, first], [guarded.api.db, second]] as const) {
      await db.write(happen, { name: 'churn' })
      await running.start()
    }
    for (const [server, id, words] of [
      [api, refused.webhook_id, 'The receiver answered 400.'], [api, moved.webhook_id, 'The receiver answered with a redirect, which is not followed.'],
      [guarded.api, turned.webhook_id, 'rebound.example resolves to 127.0.0.1, which is not a public address.'],
    ] as const) {
      const [delivery] = await settled(server, id)
      assert.deepEqual([delivery!.status, delivery!.attempts, delivery!.error_message], ['FAILED', 1, words])
    }
    assert.equal(refusing.received.length, 1)
  })

  it('survives a restart in the middle of its delivery', async () => {
    let hang = true
    await using receiver = await startReceiver((response) => { if (!hang) response.end() })
    const { api, dispatcher } = await start()
    await using _ = api
    const { webhook_id } = await hook(api, receiver.url)
    await api.db.write(happen, { name: 'churn' })
    const first = dispatcher()
    await first.start()
    await receiver.calls(1)
    // As after a kill: the lease is still held and nobody reports.
    hang = false
    const second = dispatcher()
    await second.start()
    await receiver.calls(2)
    const [delivery] = await settled(api, webhook_id)
    assert.deepEqual([delivery!.status, delivery!.attempts], ['DELIVERED', 2])
    await first[Symbol.asyncDispose]()
    await second[Symbol.asyncDispose]()
    assert.equal((await settled(api, webhook_id))[0]!.status, 'DELIVERED')
  })

  it('leaves the log thirty days after it was delivered', async () => {
    await using receiver = await startReceiver()
    const { api, dispatcher } = await start()
    await using _ = api
    const { webhook_id } = await hook(api, receiver.url)
    await api.db.write(happen, { name: 'churn' }) // in 2023
    const first = dispatcher()
    await first.start()
    await settled(api, webhook_id)
    await first[Symbol.asyncDispose]()
    await using second = dispatcher()
    await second.start()
    while ((await api.call(listWebhookDeliveries, { webhook_id })).deliveries.length > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  })

  it('never has more calls under way than configured, and all of them arrive', async () => {
    let open = 0
    let most = 0
    await using receiver = await startReceiver((response) => {
      most = Math.max(most, open += 1)
      setTimeout(() => {
        open -= 1
        response.end()
      }, 5)
    })
    const { api, dispatcher } = await start()
    await using _ = api
    const { webhook_id } = await hook(api, receiver.url)
    await using running = dispatcher()
    await running.start()
    await Promise.all(Array.from({ length: 30 }, async (_unused, index) => {
      await api.db.write(happen, { name: `m${index}` })
      running.wake()
    }))
    const log = await settled(api, webhook_id)
    assert.deepEqual(new Set(receiver.received.map(({ body }) => (JSON.parse(body) as { data: { name: string } }).data.name)).size, 30)
    assert.ok(most <= 4, `${most} at once`)
    assert.ok(log.every(({ status }) => status === 'DELIVERED'))
  })
})

describe('the test call', () => {
  it('sends an example of the first kind or of the kind asked for, and tells how it went', async () => {
    await using receiver = await startReceiver((response, call) => { response.writeHead(call === 2 ? 500 : 200).end(`answer ${call}`) })
    const { api } = await start({ timeoutMs: 200 })
    await using _ = api
    const { webhook_id } = await hook(api, receiver.url)
    assert.deepEqual((await api.call(testWebhook, { webhook_id })).result, { success: true, response_status: 200, response_body: 'answer 1' })
    assert.deepEqual((await api.call(testWebhook, { webhook_id, event: { entity: 'PROMPT_ALIAS', action: 'DELETED' } })).result, { success: false, response_status: 500, response_body: 'answer 2' })
    assert.deepEqual(receiver.received.map(({ body }) => (JSON.parse(body) as { data: object }).data), [
      { name: 'example_model', tags: { example_key: 'example_value' }, description: 'An example registered model' }, { name: 'example_prompt', alias: 'example_alias' },
    ])
    const { webhook } = await api.call(updateWebhook, { webhook_id, url: 'http://127.0.0.1:1/' })
    const { result } = await api.call(testWebhook, { webhook_id: webhook.webhook_id })
    assert.equal(result.success, false)
    assert.match(result.error_message!, /^Failed to test webhook: /)
  })
})

test('a sealed secret opens only under its key and in its place', async () => {
  const keyFile = join(folder, 'box.key')
  const [one, other] = [openSecretBox({ key: undefined, keyFile }), openSecretBox({ key: undefined, keyFile })]
  const [a, b] = await Promise.all([one.seal('geheim', 'w1'), other.seal('geheim', 'w1')])
  assert.notEqual(a, b)
  assert.equal(await one.open(b, 'w1'), 'geheim')
  await assert.rejects(one.open(a, 'w2'), /another key/)
  assert.equal(statSync(keyFile).mode & 0o777, 0o600)
  const given = openSecretBox({ key: readFileSync(keyFile, 'utf8'), keyFile: join(folder, 'unused.key') })
  assert.equal(await given.open(a, 'w1'), 'geheim')
  await assert.rejects(openSecretBox({ key: Buffer.alloc(32).toString('base64'), keyFile }).open(a, 'w1'), /another key/)
  assert.throws(() => openSecretBox({ key: 'short', keyFile }), /32 bytes/)
})

test('the contract names the events that there are', () => {
  assert.deepEqual([...webhookEventNames], eventKinds.map(({ event: { entity, action } }) => `${entity}.${action}`.toLowerCase()))
})
