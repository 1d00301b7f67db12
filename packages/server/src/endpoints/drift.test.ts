import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as api from '@cairn/protocol'
import { auditMigrations, auditRoutes } from '../audit/index.ts'
import { registryMigrations, registryOperations, registryRoutes } from '../registry/index.ts'
import { startApi, type ApiServer } from '../testing/api-server.ts'
import { userMigrations } from '../users/index.ts'
import { webhookMigrations } from '../webhooks/index.ts'
import { workspaceOf } from '../workspaces/index.ts'
import { endpointMigrations, endpointRoutes } from './index.ts'
import { selectWindows } from './windows-store.ts'
import { read } from '../platform/db/index.ts'

const start = Date.UTC(2026, 0, 5, 12)
const clock = { now: start }
const events: { type: string; change: string }[] = []
let server: ApiServer
before(async () => {
  server = await startApi({
    migrations: [...auditMigrations, ...userMigrations, ...webhookMigrations, ...registryMigrations, ...endpointMigrations],
    now: () => clock.now,
    routes: (db) => [
      ...registryRoutes({
        db, operations: registryOperations({ runArtifactRoot: async () => undefined, loggedModel: async () => undefined, noteRegistration: async () => {} }),
        sources: { pattern: undefined, trustedRoots: [], allowedHostSchemes: [] },
      }),
      ...auditRoutes({ db, placeOf: workspaceOf }), ...endpointRoutes({ db, live: { publish: (event: object) => void events.push(event as (typeof events)[number]) } }),
    ],
  })
})
after(() => server[Symbol.asyncDispose]())

/** Ten parts of a hundred rows each, and a text. */
const columns: api.ProfileColumn[] = [
  { name: 'x', type: 'number', edges: [1, 2, 3, 4, 5, 6, 7, 8, 9], min: 0, max: 10, counts: [0, 0, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 0] },
  { name: 'plan', type: 'text', categories: ['basic', 'gold'], counts: [0, 700, 300, 0] },
]
const even = (rows: number) => [0, 0, ...Array.from({ length: 10 }, () => rows / 10), 0, 0, rows * 0.7, rows * 0.3, 0]
const shifted = (rows: number) => [0, 0, ...Array.from({ length: 5 }, () => 0), ...Array.from({ length: 5 }, () => rows / 5), 0, 0, rows * 0.7, rows * 0.3, 0]

let count = 0
async function newEndpoint(profile = true): Promise<{ name: string; model: string; uid: string }> {
  const model = `model-${count += 1}`
  await server.call(api.createRegisteredModel, { name: model })
  await server.call(api.createModelVersion, { name: model, source: 's3://models/1' })
  const uid = profile ? (await server.call(api.setVersionProfile, { name: model, version: '1', rows: 1000, columns, of: 'train.parquet' })).profile.profile_uid : ''
  const name = `endpoint-${count}`
  await server.call(api.createServingEndpoint, { name, model_name: model })
  return { name, model, uid }
}
let seq = 0
const report = async (name: string, profile_uid: string, counts: readonly number[], rows: number, more: object = {}) =>
  (await server.call(api.reportServedRows, { name, server_id: 'one', versions: [{ version: '1', profile_uid, since: clock.now - (clock.now % 300_000), seq: seq += 1, rows, counts, ...more }] })).versions
const driftOf = async (name: string, more: object = {}) => (await server.call(api.getEndpointDrift, { name, ...more })).versions[0]!
const windowsOf = async (name: string) => server.db.read(allWindows, name)
const allWindows = read('test.windows', async (tx, name: string) => {
  const { endpoint_id } = (await tx.one<{ endpoint_id: number }>('SELECT endpoint_id FROM serving_endpoints WHERE name = ?', [name]))!
  return selectWindows(tx, { endpointId: endpoint_id, version: 1 })
})

describe('drift', () => {
  it('is not known, then of too few rows, then steady, then drifted in the column that moved', async () => {
    const { name, model, uid } = await newEndpoint()
    const none = await driftOf(name)
    assert.deepEqual([none.state, none.rows, none.columns, none.reference!.of, none.reference!.source], ['none', 0, [], 'train.parquet', 'data'])
    await report(name, uid, even(400), 400)
    const few = await driftOf(name)
    assert.deepEqual([few.state, few.rows, few.min_rows, few.columns.map(({ state }) => state)], ['few', 400, 500, ['few', 'few']])
    await report(name, uid, even(400), 400)
    const steady = await driftOf(name)
    assert.deepEqual([steady.state, steady.rows, steady.moved, steady.columns.map(({ distance }) => distance)], ['steady', 800, 0, [0, 0]])
    await report(name, uid, shifted(2000), 2000, { skipped: 12 })
    const drifted = await driftOf(name)
    assert.deepEqual([drifted.state, drifted.rows, drifted.skipped, drifted.moved, drifted.columns.map((column) => `${column.name} ${column.state}`)], ['drifted', 2800, 12, 1, ['x drifted', 'plan steady']])
    assert.deepEqual(drifted.columns[0]!.served.map(Number), [0, 0, ...Array.from({ length: 5 }, () => 80), ...Array.from({ length: 5 }, () => 480), 0])
    assert.equal(Number(drifted.since_timestamp), clock.now - (clock.now % 300_000))
    assert.deepEqual([(await driftOf(name, { possible: 0.9, drifted: 0.9 })).state, (await driftOf(name, { possible: 0.1, drifted: 0.9 })).state, (await driftOf(name, { min_rows: 5000 })).state, (await driftOf(name, { max_columns: 1 })).columns.length], ['steady', 'possible', 'few', 1])
    const ofModel = (await server.call(api.getModelDrift, { name: model, version: '1' })).versions
    assert.deepEqual(ofModel.map(({ endpoint, version, state }) => [endpoint, version, state]), [[name, '1', 'drifted']])
    assert.deepEqual((await server.call(api.getModelDrift, { name: model, version: '2' })).versions, [])
    assert.ok(events.some(({ type, change }) => type === 'endpoint' && change === 'rows'))
    for (const [input, wrong] of [[{ possible: 0 }, 'possible=0,'], [{ possible: 0.5 }, 'possible=0.5,'], [{ drifted: 2 }, 'drifted=2,'], [{ min_rows: 0 }, 'min_rows=0']] as const) {
      assert.match(await server.error(api.getEndpointDrift, { name, ...input }), new RegExp(`^400 INVALID_PARAMETER_VALUE: .*${wrong}`))
    }
    // A model says itself by what it is judged; what cannot be read counts for nothing, and that is said.
    const rule = 'With what is usual for the rest it says possible=0.1, drifted=0.01, min_rows=500; possible and drifted are distances above 0 and at most 1, possible not above drifted, and min_rows is a whole number of at least 1.'
    for (const [value, state, problem] of [
      ['possible=0.9, drifted=0.95', 'steady', undefined], ['min_rows=3000', 'few', undefined], ['drifted=0.01', 'drifted', rule], ['loud', 'drifted', '“loud” is not of the form name=number.'],
      ['', 'drifted', 'It is empty.'], ['possible=0.9,drifted=', 'drifted', 'drifted is “”, which is no number such as 0.2.'], ['possible=0.9,often=1', 'drifted', '“often” is none of possible, drifted and min_rows.'],
      ['possible=-1', 'drifted', 'possible is “-1”, which is no number such as 0.2.'],
    ] as const) {
      await server.call(api.setRegisteredModelTag, { name: model, key: api.driftTag, value })
      assert.equal((await driftOf(name)).state, state, value)
      for (const answer of [await server.call(api.getEndpointDrift, { name }), await server.call(api.getModelDrift, { name: model })]) assert.equal(answer.tag_problem, problem)
    }
  })

  it('counts what is said twice once, and what several processes say together', async () => {
    const { name, uid } = await newEndpoint()
    const said = { version: '1', profile_uid: uid, since: start, seq: 1, rows: 300, counts: even(300) }
    for (const server_id of ['one', 'one', 'two', 'one']) await server.call(api.reportServedRows, { name, server_id, versions: [said] })
    assert.equal((await driftOf(name)).rows, 600)
    await Promise.all(Array.from({ length: 12 }, (_, at) => server.call(api.reportServedRows, { name, server_id: `many-${at}`, versions: [{ ...said, rows: 100, counts: even(100) }] })))
    assert.equal((await driftOf(name)).rows, 1800)
    assert.equal((await windowsOf(name)).length, 1)
  })

  it('learns a profile from the first rows where nobody gave one, from whoever is first; one that is given takes its place', async () => {
    const { name, model } = await newEndpoint(false)
    assert.deepEqual(await report(name, '', [], 0, { counts: undefined }), [{ version: '1' }])
    assert.deepEqual([(await driftOf(name)).state, (await driftOf(name)).reference], ['none', undefined])
    assert.match(await server.error(api.getVersionProfile, { name: model, version: '1' }), /^404 RESOURCE_DOES_NOT_EXIST: Version 1 of model model-\d+ has no profile of its inputs yet\. Make one: cairn models profile/)
    const first = (server_id: string) => server.call(api.reportServedRows, { name, server_id, versions: [{ version: '1', rows: 1000, first: columns }] })
    const [learned] = (await first('one')).versions
    assert.equal(learned!.learned, true)
    assert.deepEqual((await first('two')).versions, [{ version: '1', profile_uid: learned!.profile_uid }])
    const { reference } = await driftOf(name)
    assert.deepEqual([reference!.source, reference!.of, reference!.rows], ['served', name, 1000])
    await report(name, learned!.profile_uid!, shifted(1000), 1000)
    assert.equal((await driftOf(name)).state, 'drifted')
    const { profile } = await server.call(api.setVersionProfile, { name: model, version: '1', rows: 1000, columns })
    assert.deepEqual([(await driftOf(name)).state, (await driftOf(name)).rows], ['none', 0])
    // A process that did not hear of it yet.
    assert.deepEqual(await report(name, learned!.profile_uid!, shifted(1000), 1000), [{ version: '1', profile_uid: profile.profile_uid }])
    assert.equal((await driftOf(name)).rows, 0)
    await report(name, profile.profile_uid, even(1000), 1000)
    assert.deepEqual([(await driftOf(name)).state, (await driftOf(name)).rows], ['steady', 1000])
    await server.call(api.deleteVersionProfile, { name: model, version: '1' })
    assert.equal((await driftOf(name)).state, 'none')
    assert.match(await server.error(api.deleteVersionProfile, { name: model, version: '1' }), /^404/)
    const { entries } = await server.call(api.listAuditEntries, { entity_name: model, entity: 'model_version' })
    assert.deepEqual(entries.filter(({ action }) => action.endsWith('profile')).map(({ action, before, after }) => [action, before, after]), [
      ['delete_profile', { source: 'data', rows: '1000', columns: 2 }, undefined],
      ['set_profile', { source: 'served', rows: '1000', columns: 2, of: name }, { source: 'data', rows: '1000', columns: 2 }],
    ])
  })

  it('takes a copy’s profile from what it was copied from, until it has its own', async () => {
    const { model, uid } = await newEndpoint()
    await server.call(api.createRegisteredModel, { name: `${model}-copy` })
    await server.call(api.createModelVersion, { name: `${model}-copy`, source: `models:/${model}/1` })
    const at = { name: `${model}-copy`, version: '1' }
    assert.equal((await server.call(api.getVersionProfile, at)).profile.profile_uid, uid)
    const own = (await server.call(api.setVersionProfile, { ...at, rows: 1000, columns })).profile.profile_uid
    assert.equal((await server.call(api.getVersionProfile, at)).profile.profile_uid, own)
    assert.equal((await server.call(api.getVersionProfile, { name: model, version: '1' })).profile.profile_uid, uid)
  })

  it('looks at the last hour, and further back where that is too little', async () => {
    const { name, uid } = await newEndpoint()
    await report(name, uid, shifted(1000), 1000)
    assert.equal((await driftOf(name)).state, 'drifted')
    clock.now += 90 * 60_000
    // Nothing since: that is still the last that is known.
    assert.equal((await driftOf(name)).state, 'drifted')
    await report(name, uid, even(600), 600)
    const now = await driftOf(name)
    assert.deepEqual([now.state, now.rows], ['steady', 600])
  })

  it('keeps a bounded number of windows, whose rows stay together', async () => {
    const { name, uid } = await newEndpoint()
    const began = clock.now
    let rows = 0
    for (let step = 0; step < 400; step++) {
      clock.now = began + step * 20 * 60_000
      await report(name, uid, even(10), 10)
      rows += 10
    }
    const windows = await windowsOf(name)
    assert.ok(windows.length < 70, `${windows.length} windows`)
    assert.equal(windows.reduce((sum, window) => sum + window.rows, 0), rows)
    assert.deepEqual(windows.reduce((sum, { counts }) => sum.map((one, at) => one + counts[at]!), Array.from({ length: 17 }, () => 0)), even(rows))
    assert.deepEqual([...new Set(windows.map(({ span }) => span / 60_000))].toSorted((a, b) => a - b), [5, 60, 1440])
    clock.now += 40 * 86_400_000
    await report(name, uid, even(10), 10)
    assert.equal((await windowsOf(name)).length, 1)
  })

  it('refuses what does not fit, and forgets all with the version and the endpoint', async () => {
    const { name, model, uid } = await newEndpoint()
    const profile = (more: object) => server.error(api.setVersionProfile, { name: model, version: '1', rows: 1000, columns: [{ ...columns[0]!, ...more }] })
    assert.match(await profile({ counts: [1] }), /^400 .*needs 13 counts for its parts, and has 1\.$/)
    assert.match(await profile({ counts: [...columns[0]!.counts.slice(1), 1] }), /^400 .*counts that do not make its 1000 rows/)
    assert.match(await profile({ edges: [2, 1] }), /^400 .*edges that do not grow/)
    assert.match(await profile({ edges: Array.from({ length: 65 }, (_, at) => at) }), /^400 .*more than 64 edges/)
    assert.match(await profile({ type: 'text', categories: ['a', 'a'], counts: [0, 1, 1, 998] }), /^400 .*the same category twice/)
    assert.match(await server.error(api.setVersionProfile, { name: model, version: '1', rows: 1000, columns: [...columns, columns[0]!] }), /^400 .*'x' of the profile is there twice/)
    assert.match(await server.error(api.setVersionProfile, { name: model, version: '1', rows: 0, columns }), /^400 .*one row or more/)
    assert.match(await server.error(api.setVersionProfile, { name: model, version: '9', rows: 1000, columns }), /^404/)
    const rows = (more: object) => server.error(api.reportServedRows, { name, server_id: 'one', versions: [{ version: '1', profile_uid: uid, since: clock.now, seq: 1, rows: 10, counts: even(10), ...more }] })
    assert.match(await rows({ counts: [1] }), /^400 .*has 17 parts; what was counted has 1/)
    assert.match(await rows({ counts: even(10).map((one) => -one) }), /^400 /)
    assert.match(await rows({ since: clock.now + 3_600_000 }), /^409 RESOURCE_CONFLICT: .*the clocks differ/)
    assert.match(await rows({ since: clock.now - 3 * 3_600_000 }), /^409 /)
    assert.match(await rows({ version: '77' }), /^200 /)
    await report(name, uid, even(10), 10)
    await server.call(api.deleteModelVersion, { name: model, version: '1' })
    const left = await server.db.read(rowsLeft, undefined)
    assert.equal(left.profiles, (await server.db.read(rowsLeft, undefined)).profiles)
    assert.match(await server.error(api.getVersionProfile, { name: model, version: '1' }), /^404/)
    await server.call(api.deleteServingEndpoint, { name })
    assert.equal((await server.db.read(rowsLeft, undefined)).windows, left.windows - 1)
  })
})

const rowsLeft = read('test.left', async (tx) => ({
  profiles: (await tx.one<{ count: number }>('SELECT COUNT(*) AS count FROM model_version_profiles'))!.count, windows: (await tx.one<{ count: number }>('SELECT COUNT(*) AS count FROM endpoint_windows'))!.count,
}))
