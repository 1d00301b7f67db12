import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as api from '@cairn/protocol'
import { auditMigrations, auditRoutes } from '../audit/index.ts'
import { workspaceOf } from '../workspaces/index.ts'
import { registryMigrations, registryOperations, registryRoutes } from '../registry/index.ts'
import { startApi, type ApiServer } from '../testing/api-server.ts'
import { userMigrations } from '../users/index.ts'
import { webhookMigrations } from '../webhooks/index.ts'
import { endpointMigrations, endpointRoutes } from './index.ts'

let server: ApiServer
const clock = { now: 1000 }
const events: { type: string; name: string; change: string; revision?: number }[] = []
before(async () => {
  const live = { publish: (event: object) => void events.push(event as (typeof events)[number]) }
  server = await startApi({
    migrations: [...auditMigrations, ...userMigrations, ...webhookMigrations, ...registryMigrations, ...endpointMigrations],
    now: () => clock.now += 1,
    routes: (db) => [
      ...registryRoutes({
        db, operations: registryOperations({ runArtifactRoot: async () => undefined, loggedModel: async () => undefined, noteRegistration: async () => {} }),
        sources: { pattern: undefined, trustedRoots: [], allowedHostSchemes: [] },
      }),
      ...auditRoutes({ db, placeOf: workspaceOf }), ...endpointRoutes({ db, live }),
    ],
  })
})
after(() => server[Symbol.asyncDispose]())

let models = 0
/** A model with so many versions whose champion is the first. */
async function newModel(versions: number): Promise<string> {
  const name = `model-${models += 1}`
  await server.call(api.createRegisteredModel, { name })
  for (let version = 1; version <= versions; version += 1) await server.call(api.createModelVersion, { name, source: `s3://models/${version}` })
  if (versions > 0) await server.call(api.setRegisteredModelAlias, { name, alias: 'champion', version: '1' })
  return name
}
async function newEndpoint(versions: number, more: object = {}): Promise<{ name: string; model_name: string }> {
  const model_name = await newModel(versions)
  const name = `endpoint-${models}`
  await server.call(api.createServingEndpoint, { name, model_name, ...more })
  return { name, model_name }
}
const get = async (name: string) => (await server.call(api.getServingEndpoint, { name })).endpoint
const shares = async (name: string) => (await get(name)).traffic.map(({ version, alias, weight }) => `${alias ?? ''}:${version ?? 'none'}=${weight}`)
const aliasOf = async (name: string) => (await server.call(api.getModelVersionByAlias, { name, alias: 'champion' })).model_version.version
const audit = async (entity_name: string) => (await server.call(api.listAuditEntries, { entity_name })).entries.toReversed()

describe('an endpoint', () => {
  it('follows the champion of its model unless it is told otherwise, also under another name', async () => {
    const { name, model_name } = await newEndpoint(2)
    assert.deepEqual(await shares(name), ['champion:1=100'])
    await server.call(api.setRegisteredModelAlias, { name: model_name, alias: 'champion', version: '2' })
    assert.deepEqual(await shares(name), ['champion:2=100'])
    await server.call(api.renameRegisteredModel, { name: model_name, new_name: `${model_name}-renamed` })
    assert.equal((await get(name)).model_name, `${model_name}-renamed`)
    await server.call(api.deleteRegisteredModel, { name: `${model_name}-renamed` })
    assert.deepEqual(await shares(name), ['champion:none=100'])
    assert.equal((await get(name)).model_name, '')
    assert.match(await server.error(api.promoteServingEndpoint, { name, version: '1' }), /^409 RESOURCE_CONFLICT: The model of endpoint endpoint-\d+ was deleted\.$/)
  })

  it('serves the latest version of a model that has no champion', async () => {
    const model_name = await newModel(0)
    assert.match(await server.error(api.createServingEndpoint, { name: 'none', model_name }), /^400 INVALID_PARAMETER_VALUE: Model '[\w-]+' has no version that could be served\. Register one first\.$/)
    for (const source of ['s3://a/1', 's3://a/2']) await server.call(api.createModelVersion, { name: model_name, source })
    await server.call(api.createServingEndpoint, { name: 'latest', model_name })
    assert.deepEqual(await shares('latest'), [':2=100'])
  })

  it('splits its traffic, asks a shadow, and tells each change with who and why', async () => {
    const { name, model_name } = await newEndpoint(3, { description: 'for the shop', reason: 'first' })
    const before = events.length
    await server.call(api.setServingTraffic, { name, traffic: [{ alias: 'champion', weight: 90 }, { version: '2', weight: 10 }], shadow: { version: '3', sample: 0.5 }, sticky_header: 'X-User', reason: 'try it' })
    assert.deepEqual(await shares(name), ['champion:1=90', ':2=10'])
    const { shadow, sticky_header, revision, reason, updated_by, description } = await get(name)
    assert.deepEqual({ shadow, sticky_header, revision, reason, updated_by, description }, { shadow: { version: '3', sample: 0.5 }, sticky_header: 'x-user', revision: 2, reason: 'try it', updated_by: 'anonymous', description: 'for the shop' })
    await server.call(api.promoteServingEndpoint, { name, version: '3' })
    await server.call(api.rollBackServingEndpoint, { name })
    assert.deepEqual(events.slice(before, before + 3), [{ type: 'endpoint', name, model_name, change: 'traffic', revision: 2 }, { type: 'endpoint', name, model_name, change: 'promoted', revision: 3 }, { type: 'registry', name: model_name, change: 'alias' }])
    await server.call(api.setServingTraffic, { name, shadow: { sample: 0 }, sticky_header: '' })
    assert.deepEqual([(await get(name)).shadow, (await get(name)).sticky_header], [undefined, undefined])
    assert.deepEqual((await audit(name)).map(({ action, principal, after: is }) => [action, principal, (is as { reason?: string }).reason]), [
      ['create', 'anonymous', 'first'], ['set_traffic', 'anonymous', 'try it'], ['promote', 'anonymous', undefined], ['rollback', 'anonymous', undefined], ['configure', 'anonymous', undefined],
    ])
  })

  it('goes back to the traffic from before, and a second time forward again', async () => {
    const { name } = await newEndpoint(3, { traffic: [{ version: '1', weight: 100 }] })
    await server.call(api.setServingTraffic, { name, traffic: [{ version: '1', weight: 50 }, { version: '2', weight: 50 }] })
    await server.call(api.promoteServingEndpoint, { name, version: '3', reason: 'best' })
    assert.deepEqual(await shares(name), [':3=100'])
    await server.call(api.rollBackServingEndpoint, { name })
    assert.deepEqual(await shares(name), [':1=50', ':2=50'])
    await server.call(api.rollBackServingEndpoint, { name })
    assert.deepEqual(await shares(name), [':3=100'])
    const first = (await audit(name)).find(({ action }) => action === 'set_traffic')!
    await server.call(api.rollBackServingEndpoint, { name, entry_id: first.entry_id })
    assert.deepEqual(await shares(name), [':1=100'])
    assert.equal(await server.error(api.rollBackServingEndpoint, { name, entry_id: '999999' }), `404 RESOURCE_DOES_NOT_EXIST: Entry 999999 is no change of the traffic of endpoint ${name}.`)
  })

  it('moves the alias that it follows, and moves it back', async () => {
    const { name, model_name } = await newEndpoint(3)
    assert.match(await server.error(api.rollBackServingEndpoint, { name }), /^409 RESOURCE_CONFLICT: The alias champion of model [\w-]+ pointed nowhere before that change/)
    await server.call(api.promoteServingEndpoint, { name, version: '2' })
    assert.deepEqual([await shares(name), await aliasOf(model_name)], [['champion:2=100'], '2'])
    await server.call(api.rollBackServingEndpoint, { name, reason: 'slow' })
    assert.deepEqual([await shares(name), await aliasOf(model_name)], [['champion:1=100'], '1'])
    // Somebody else moves it: that is what goes back then.
    await server.call(api.setRegisteredModelAlias, { name: model_name, alias: 'champion', version: '3' })
    await server.call(api.rollBackServingEndpoint, { name })
    assert.equal(await aliasOf(model_name), '1')
    await server.call(api.promoteServingEndpoint, { name, version: '2' })
    await server.call(api.promoteServingEndpoint, { name, version: '3' })
    await server.call(api.deleteModelVersion, { name: model_name, version: '2' })
    assert.match(await server.error(api.rollBackServingEndpoint, { name }), /^409 RESOURCE_CONFLICT: The alias champion pointed at version 2 of model [\w-]+, which was deleted since\.$/)
  })

  it('tries a version step by step, and promotes it after the last', async () => {
    const { name, model_name } = await newEndpoint(2)
    const { endpoint } = await server.call(api.setServingTraffic, { name, rollout: { version: '2', steps: [5, 25], min_requests: 10, max_disagreement: 0.2 } })
    const { started_timestamp: _, ...rollout } = endpoint.rollout!
    assert.deepEqual(rollout, { version: '2', step: 0, steps: [5, 25], min_requests: 10, min_seconds: 30, max_error_increase: 0.01, max_p99_ratio: 3, tolerance: 1e-6, max_disagreement: 0.2 })
    await server.call(api.reportEndpointServer, { name, server_id: 'a' })
    const verdict = async (revision: unknown) => server.call(api.judgeServingRollout, { name, revision, outcome: 'pass', reason: 'good', server_id: 'a' })
    const second = await verdict(endpoint.revision)
    assert.equal(second.endpoint.rollout!.step, 1)
    // Another process that judged the first step comes too late.
    assert.equal(await server.error(api.judgeServingRollout, { name, revision: endpoint.revision, outcome: 'fail', reason: 'bad' }), `409 RESOURCE_CONFLICT: Endpoint ${name} was changed meanwhile: its revision is 3, not 2.`)
    const last = await verdict(second.endpoint.revision)
    assert.equal(last.endpoint.rollout, undefined)
    assert.deepEqual([await shares(name), await aliasOf(model_name)], [['champion:2=100'], '2'])
    assert.match(await server.error(api.judgeServingRollout, { name, revision: last.endpoint.revision, outcome: 'fail', reason: 'x' }), /409 RESOURCE_CONFLICT: Endpoint [\w-]+ tries no version/)
    assert.deepEqual((await audit(name)).map(({ action, version }) => [action, version]), [['create', undefined], ['start_rollout', '2'], ['advance_rollout', '2'], ['promote', '2']])
    await server.call(api.rollBackServingEndpoint, { name })
    assert.equal(await aliasOf(model_name), '1')
  })

  it('takes a version back that failed, with the reason at the version too', async () => {
    const { name, model_name } = await newEndpoint(2)
    for (const [end, input] of [[api.judgeServingRollout, { revision: 2, outcome: 'fail', reason: 'error rate 40 %' }], [api.rollBackServingEndpoint, { reason: 'a feeling' }]] as const) {
      await server.call(api.setServingTraffic, { name, rollout: { version: '2' } })
      await server.call(end, { name, ...input })
      assert.deepEqual([(await get(name)).rollout, await shares(name)], [undefined, ['champion:1=100']])
    }
    const { model_version } = await server.call(api.getModelVersion, { name: model_name, version: '2' })
    assert.deepEqual(model_version.tags, [{ key: 'cairn.rollout', value: `rolled back at ${name}: a feeling` }])
    assert.ok((await audit(model_name)).some(({ key, after: is }) => key === 'cairn.rollout' && is === `rolled back at ${name}: error rate 40 %`))
  })

  it('says which processes serve it until they end or fall silent', async () => {
    const { name } = await newEndpoint(1)
    for (const server_id of ['a', 'b', 'c']) await server.call(api.reportEndpointServer, { name, server_id, url: `http://${server_id}`, revision: 1, versions: [{ version: '1', weight: 100, requests: 12, p99_ms: 1.5 }], warm: [] })
    await server.call(api.removeEndpointServer, { name, server_id: 'b' })
    const { servers } = await get(name)
    assert.deepEqual(servers!.map(({ server_id, url, versions }) => [server_id, url, versions]), ['a', 'c'].map((id) => [id, `http://${id}`, [{ version: '1', weight: 100, requests: 12, p99_ms: 1.5 }]]))
    clock.now += 50_000
    assert.deepEqual(await server.call(api.reportEndpointServer, { name, server_id: 'c', revision: 1 }), { revision: 1 })
    assert.deepEqual((await get(name)).servers!.map(({ server_id, silent }) => [server_id, silent]), [['a', true], ['c', false]])
    clock.now += 20_000
    assert.deepEqual((await get(name)).servers!.map(({ server_id }) => server_id), ['c'])
    assert.equal(await server.error(api.reportEndpointServer, { name: 'nowhere', server_id: 'c' }), '404 RESOURCE_DOES_NOT_EXIST: Endpoint with name=nowhere not found.')
  })

  it('is listed by name, page by page, and deleted', async () => {
    const model_name = await newModel(1)
    for (const name of ['list-b', 'list-C', 'list-a']) await server.call(api.createServingEndpoint, { name, model_name })
    const first = await server.call(api.listServingEndpoints, { model_name, max_results: 2 })
    assert.deepEqual(first.endpoints.map(({ name }) => name), ['list-C', 'list-a'])
    const second = await server.call(api.listServingEndpoints, { model_name, max_results: 2, page_token: first.next_page_token })
    assert.deepEqual([second.endpoints.map(({ name }) => name), second.next_page_token], [['list-b'], undefined])
    await server.call(api.deleteServingEndpoint, { name: 'list-a', reason: 'over' })
    assert.match(await server.error(api.getServingEndpoint, { name: 'list-a' }), /^404/)
    assert.equal((await audit('list-a')).at(-1)!.action, 'delete')
  })

  it('refuses what makes no sense, and changes nothing', async () => {
    const { name, model_name } = await newEndpoint(2)
    const set = { name }
    const refusals: [api.Endpoint, object, RegExp][] = [
      [api.createServingEndpoint, { name, model_name }, /RESOURCE_ALREADY_EXISTS: Endpoint \(name=[\w-]+\) already exists/],
      [api.createServingEndpoint, { name: '../x', model_name }, /is no name for an endpoint/],
      [api.createServingEndpoint, { name: 'new', model_name: 'nowhere' }, /Registered Model with name=nowhere not found/],
      [api.setServingTraffic, set, /Nothing to change was given/],
      [api.setServingTraffic, { ...set, traffic: [] }, /traffic must name 1 to 20 versions, got 0/],
      [api.setServingTraffic, { ...set, traffic: [{ version: '1', weight: 50 }] }, /The weights make 50, and must make 100/],
      [api.setServingTraffic, { ...set, traffic: [{ version: '1', weight: 150 }, { version: '2', weight: -50 }] }, /A weight is a percent from 0 to 100, got 150/],
      [api.setServingTraffic, { ...set, traffic: [{ version: '1', weight: 50 }, { version: '1', weight: 50 }] }, /The traffic names 1 twice/],
      [api.setServingTraffic, { ...set, traffic: [{ version: '7', weight: 100 }] }, /Model '[\w-]+' has no version 7/],
      [api.setServingTraffic, { ...set, traffic: [{ version: 'x', weight: 100 }] }, /version 'x', which is no number/],
      [api.setServingTraffic, { ...set, traffic: [{ alias: 'nobody', weight: 100 }] }, /has no alias 'nobody'\. Set it first, or name a version/],
      [api.setServingTraffic, { ...set, traffic: [{ weight: 100 }] }, /must name a version or an alias/],
      [api.setServingTraffic, { ...set, shadow: { version: '1', sample: 2 } }, /a share from 0 to 1, got 2/],
      [api.setServingTraffic, { ...set, sticky_header: 'a b' }, /'a b' is no name of an HTTP header/],
      [api.setServingTraffic, { ...set, rollout: { version: '1' } }, /Version 1 gets traffic already/],
      [api.setServingTraffic, { ...set, rollout: { version: '2', steps: [50, 10] } }, /percents that grow, above 0 and at most 100, 20 at most; got 50, 10/],
      [api.setServingTraffic, { ...set, rollout: { version: '2', max_disagreement: 3 } }, /max_disagreement must be from 0 to 1, got 3/],
      [api.promoteServingEndpoint, set, /tries no version at the moment\. Say which one/],
      [api.promoteServingEndpoint, { ...set, version: '2', revision: 9 }, /RESOURCE_CONFLICT: .* its revision is 1, not 9/],
      [api.promoteServingEndpoint, { ...set, version: '2', reason: 'x'.repeat(5001) }, /A reason has at most 5000 characters/],
    ]
    for (const [endpoint, input, message] of refusals) assert.match(await server.error(endpoint, input), message)
    assert.deepEqual([(await get(name)).revision, await shares(name)], [1, ['champion:1=100']])
    assert.equal((await audit(name)).length, 1)
  })
})
