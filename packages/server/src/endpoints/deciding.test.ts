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
const clock = { now: 1_000_000 }
before(async () => {
  server = await startApi({
    migrations: [...auditMigrations, ...userMigrations, ...webhookMigrations, ...registryMigrations, ...endpointMigrations],
    now: () => clock.now,
    routes: (db) => [
      ...registryRoutes({
        db, operations: registryOperations({ runArtifactRoot: async () => undefined, loggedModel: async () => undefined, noteRegistration: async () => {} }),
        sources: { pattern: undefined, trustedRoots: [], allowedHostSchemes: [] },
      }),
      ...auditRoutes({ db, placeOf: workspaceOf }), ...endpointRoutes({ db }),
    ],
  })
  await server.call(api.createRegisteredModel, { name: 'churn' })
  for (const version of [1, 2]) await server.call(api.createModelVersion, { name: 'churn', source: `s3://models/${version}` })
})
after(() => server[Symbol.asyncDispose]())

let count = 0
/** An endpoint that tries version 2 beside version 1. */
async function trying(): Promise<string> {
  const name = `live-${count += 1}`
  await server.call(api.createServingEndpoint, { name, model_name: 'churn', traffic: [{ version: '1', weight: 100 }] })
  await server.call(api.setServingTraffic, { name, rollout: { version: '2', steps: [20, 50] } })
  return name
}
const get = async (name: string) => (await server.call(api.getServingEndpoint, { name })).endpoint
const took = (requests: number, ms: number) => [api.latencyBucket(ms), requests]
/** A process says what it saw of the step that the endpoint is in. */
async function report(name: string, server_id: string, requests = 0, more: object = {}): Promise<boolean | undefined> {
  const versions = [{ version: '1', weight: 80, requests: 4 * requests, took: took(4 * requests, 1) }, { version: '2', weight: 20, requests, errors: 1, took: took(requests, 1) }]
  return (await server.call(api.reportEndpointServer, { name, server_id, host: server_id, step: api.rolloutStep(await get(name)), seconds: 5, versions, ...more })).decides
}
const verdict = async (name: string, server_id: string | undefined, outcome = 'pass') =>
  server.error(api.judgeServingRollout, { name, revision: (await get(name)).revision, outcome, reason: 'seen', ...(server_id !== undefined && { server_id }) })

describe('who decides about a step', () => {
  it('is one process, as long as it says something, and then the next that does', async () => {
    const name = await trying()
    assert.deepEqual([await report(name, 'a'), await report(name, 'b'), (await get(name)).decider], [true, false, 'a'])
    clock.now += 9_000
    assert.deepEqual([await report(name, 'b'), await report(name, 'a')], [false, true])
    clock.now += 10_000
    assert.equal((await get(name)).decider, undefined)
    assert.deepEqual([await report(name, 'b'), await report(name, 'a'), (await get(name)).decider], [true, false, 'b'])
    await server.call(api.removeEndpointServer, { name, server_id: 'b' })
    assert.deepEqual([await report(name, 'a'), await report(name, 'c')], [true, false])
  })

  it('alone can say that a step has passed; that it failed, anybody who serves it', async () => {
    const name = await trying()
    await report(name, 'a')
    await report(name, 'b')
    assert.match(await verdict(name, undefined), /^409 RESOURCE_CONFLICT: Who says nothing of itself does not decide/)
    assert.equal(await verdict(name, 'b'), `409 RESOURCE_CONFLICT: Process b does not decide about endpoint ${name} at the moment.`)
    assert.match(await verdict(name, 'a'), /^200/)
    assert.equal((await get(name)).rollout!.step, 1)
    clock.now += 10_000
    assert.match(await verdict(name, 'a'), /^409/)
    assert.match(await verdict(name, undefined, 'fail'), /^200/)
    assert.equal((await get(name)).rollout, undefined)
    assert.equal(await report(name, 'a'), undefined)
  })

  it('decides one thing once, however many ask at the same moment', async () => {
    const name = await trying()
    const decides = await Promise.all(Array.from({ length: 8 }, (_, at) => report(name, `p${at}`)))
    assert.equal(decides.filter((one) => one === true).length, 1)
    const { revision, decider } = await get(name)
    const answers = await Promise.all(Array.from({ length: 8 }, () => server.error(api.judgeServingRollout, { name, revision, outcome: 'pass', reason: 'seen', server_id: decider })))
    assert.deepEqual(answers.map((answer) => answer.slice(0, 3)).toSorted(), ['200', ...Array.from({ length: 7 }, () => '409')])
    assert.equal((await get(name)).rollout!.step, 1)
  })

  it('does not go on while the rollout is paused; one that fails is taken back all the same', async () => {
    const name = await trying()
    await report(name, 'a')
    await server.call(api.setServingTraffic, { name, pause: true, reason: 'lunch' })
    assert.equal((await get(name)).rollout!.paused, true)
    assert.equal(await verdict(name, 'a'), `409 RESOURCE_CONFLICT: The rollout of endpoint ${name} is paused.`)
    await server.call(api.setServingTraffic, { name, pause: false })
    assert.equal((await get(name)).rollout!.paused, undefined)
    await server.call(api.setServingTraffic, { name, pause: true })
    assert.match(await verdict(name, undefined, 'fail'), /^200/)
    assert.match(await server.error(api.setServingTraffic, { name, pause: true }), /^409 RESOURCE_CONFLICT: .* tries no version at the moment, so there is nothing to pause\.$/)
    const { entries } = await server.call(api.listAuditEntries, { entity_name: name })
    assert.deepEqual(entries.map(({ action, version }) => `${action} ${version ?? ''}`).slice(0, 4), ['stop_rollout 2', 'pause_rollout 2', 'resume_rollout 2', 'pause_rollout 2'])
  })
})

describe('what the processes saw', () => {
  it('of a step is added up, those that ended and those that fell silent too, each once', async () => {
    const name = await trying()
    await report(name, 'a', 10)
    await report(name, 'ends', 20, { seconds: 50 })
    await report(name, 'dies', 40)
    await server.call(api.removeEndpointServer, { name, server_id: 'ends' })
    const seen = async () => {
      const { tried, others, seconds, waitingFor } = api.seenInStep(await get(name))
      return [tried.requests, tried.errors, others.requests, api.countOfLatencies(tried.took), seconds, waitingFor]
    }
    assert.deepEqual(await seen(), [70, 3, 280, 70, 50, []])
    clock.now += 120_000
    await report(name, 'a', 11)
    assert.deepEqual(await seen(), [71, 3, 284, 71, 50, []])
    // It was only cut off for a while.
    await report(name, 'dies', 41)
    assert.deepEqual(await seen(), [72, 3, 288, 72, 50, []])
    clock.now += 3_700_000
    await report(name, 'a', 11)
    assert.deepEqual(await seen(), [72, 3, 288, 72, 50, []])
    assert.deepEqual((await get(name)).servers!.map(({ server_id }) => server_id), ['a'])
    await verdict(name, 'a')
    assert.deepEqual(await seen(), [0, 0, 0, 0, 0, ['a']])
  })

  it('in the last minute is shown as one rate, one share of errors, one p50 and p99', async () => {
    const name = await trying()
    const since = clock.now - (clock.now % 10_000)
    const slot = (ago: number, requests: number, errors: number, ms: number) => ({ since: since - ago * 10_000, requests, errors, took: took(requests, ms) })
    await report(name, 'a', 0, { recent: [slot(20, 50, 50, 900), slot(2, 300, 0, 1), slot(1, 290, 3, 1)] })
    await report(name, 'b', 0, { recent: [slot(2, 10, 7, 100)] })
    clock.now += 5_000
    const { load } = await get(name)
    assert.deepEqual([load!.servers, load!.error_rate, Math.round(load!.p50_ms!), Math.round(load!.p99_ms!)], [2, 10 / 600, 1, 106])
    // They have been there for ten seconds at most.
    assert.equal(load!.requests_per_second, 60)
    assert.deepEqual(load!.recent!.map(({ requests, errors }) => [requests, errors]), [[50, 50], [310, 7], [290, 3]])
    const { endpoints } = await server.call(api.listServingEndpoints, { with_load: true, max_results: 1000 })
    assert.deepEqual(endpoints.find((one) => one.name === name)!.load, load)
    clock.now += 60_000
    const later = await get(name)
    assert.deepEqual([later.load!.servers, later.load!.error_rate, later.load!.p99_ms], [0, 0, undefined])
  })
})
