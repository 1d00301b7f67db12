import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Webhook, WebhookDelivery } from '@cairn/protocol'
import { startCommandLine } from '../../testing.ts'

const line = await startCommandLine({ env: { MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'http', MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true', MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES: '0' } })
const signed: boolean[] = []
let status = 200
const receiver = createServer((request, response) => {
  signed.push(request.headers['x-mlflow-signature'] !== undefined)
  response.writeHead(status).end('said\u001b[31m')
  request.resume()
})
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/in`
after(async () => {
  receiver.closeAllConnections()
  await new Promise((resolve) => receiver.close(resolve))
  await line[Symbol.asyncDispose]()
})
writeFileSync(join(line.folder, 'hook.secret'), 'very secret\n')

/** Waits until so many deliveries have ended. */
async function delivered(count: number): Promise<WebhookDelivery[]> {
  for (const deadline = Date.now() + 60_000; ;) {
    assert.ok(Date.now() < deadline, `no ${count} deliveries in a minute`)
    const log = await line.json<WebhookDelivery[]>('webhooks log deploy')
    if (log.filter((one) => one.status !== 'PENDING').length >= count) return log
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

test('a webhook is added, listed, tried and shown', async () => {
  assert.equal((await line.cairn('webhooks list')).out, 'No webhooks. Add one: cairn webhooks create NAME URL --event model_version.created\n')
  const { out } = await line.cairn(`webhooks create deploy ${url} -e registered_model.created --event MODEL_VERSION.created --secret-file hook.secret`)
  assert.match(out, /^Added the webhook deploy \([\w-]{36}\)\. Try it: cairn webhooks test deploy\n$/)
  assert.match((await line.cairn('webhooks list')).out, /^NAME +STATUS +URL +EVENTS +ID\ndeploy +active +http:\S+\/in +\w+\.created, \w+\.created +[\w-]{36}\n$/)
  assert.equal((await line.cairn('webhooks test deploy')).out, 'deploy took an example of registered_model.created and answered 200: said\\x1b[31m\n')
  assert.match((await line.cairn('webhooks test deploy --event prompt.created')).out, /an example of prompt\.created/)
  assert.deepEqual(signed, [true, true])
  assert.match((await line.cairn('webhooks show deploy')).out, /^Webhook +deploy\nId .*\nURL .*\/in\nStatus +active\nEvents +.*\n(?:.*\n)*\nNothing was sent yet\.\n$/)
})

test('its log tells what was sent and why a call failed', async () => {
  await line.cairn('models create one')
  await delivered(1)
  status = 400
  await line.cairn('models create two')
  const [newest, oldest] = await delivered(2)
  assert.deepEqual([newest!.status, newest!.response_status, oldest!.status], ['FAILED', 400, 'DELIVERED'])
  assert.match((await line.cairn('webhooks log deploy')).out, /^WHEN +EVENT +STATE .*\n.*registered_model\.created +failed +1 +400 .*\n.*registered_model\.created +delivered +1 +200 /)
  assert.match((await line.cairn('webhooks log deploy -n 1')).out, /there are more/)
  const refused = await line.cairn('webhooks test deploy')
  assert.deepEqual([refused.code, refused.err.startsWith('cairn: deploy answered 400: said')], [1, true])
  status = 200
})

test('it is changed, stopped, and deleted with a word', async () => {
  const id = (await line.json<Webhook>('webhooks show deploy')).webhook_id
  assert.equal((await line.cairn('webhooks update deploy --status disabled --event prompt.created')).out, 'Changed the webhook deploy; it is disabled.\n')
  assert.deepEqual((await line.json<Webhook>(`webhooks show ${id}`)).events, [{ entity: 'PROMPT', action: 'CREATED' }])
  assert.equal((await line.cairn('webhooks update deploy --remove-secret')).code, 0)
  await line.cairn('webhooks test deploy')
  assert.equal(signed.at(-1), false)
  assert.equal((await line.cairn('webhooks update deploy')).code, 2)
  assert.equal((await line.cairn('webhooks update deploy --remove-secret --secret-file hook.secret')).code, 2)
  await line.cairn(`webhooks create deploy ${url} -e prompt.created --disabled`)
  const twice = await line.cairn('webhooks delete deploy --yes')
  assert.deepEqual([twice.code, /2 webhooks are called "deploy"/.test(twice.err), twice.err.includes(id)], [1, true, true])
  assert.equal((await line.cairn(`webhooks delete ${id}`)).code, 2)
  assert.equal((await line.cairn(`webhooks delete ${id} --yes`)).out, 'Deleted the webhook deploy.\n')
  assert.equal((await line.cairn('webhooks delete deploy --yes')).code, 0)
  assert.equal((await line.cairn('webhooks show deploy')).code, 1)
})

test('what makes no sense is refused with what to do', async () => {
  assert.match((await line.cairn(`webhooks create x ${url}`)).err, /Say for what it is to be called\.\n.*--event/)
  const mistyped = await line.cairn(`webhooks create x ${url} -e model_versions.created`)
  assert.deepEqual([mistyped.code, /Did you mean model_version\.created\?/.test(mistyped.err)], [2, true])
  assert.match((await line.cairn('webhooks create x https://127.0.0.1/ -e prompt.created')).err, /scheme/)
  assert.match((await line.cairn(`webhooks create x ${url} -e prompt.created --secret-file none`)).err, /The file with the secret cannot be read/)
  assert.deepEqual(await line.json('webhooks list'), [])
})
