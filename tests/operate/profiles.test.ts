import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { ProfileColumn, VersionProfile } from '@cairn/protocol'
import { CairnClient } from '@cairn/sdk'
import { startServer } from '@cairn/server'
import { readConfig } from '@cairn/server/config'
import { pythonForTests } from '../../tools/setup-python.ts'
import { cairn, tempFolder } from './command-line.ts'
import { serve } from './stores.ts'

const columns = (low: number): ProfileColumn[] => [{ name: 'tenure', type: 'number', edges: [1, 2], min: 0, max: 3, counts: [0, 0, low, 50 - low, 50, 0] }, { name: 'plan', type: 'text', categories: ['basic', 'gold'], counts: [5, 60, 30, 5] }]

/** Version 1 has a profile, 2 has none, 3 is a copy of 1. */
async function fill(url: string): Promise<CairnClient> {
  const client = new CairnClient({ url })
  await client.models.create({ name: 'churn' })
  for (const source of ['s3://models/1', 's3://models/2', 'models:/churn/1']) await client.models.createVersion({ name: 'churn', source })
  await client.models.setProfile({ name: 'churn', version: '1', rows: 100, columns: columns(20), of: 'train.parquet' })
  return client
}
const profile = (client: CairnClient, version = '1'): Promise<VersionProfile | undefined> => client.models.profile('churn', version).catch(() => undefined)
const told = (found: VersionProfile | undefined) => found && [found.source, Number(found.rows), found.of, found.columns.map(({ name, counts, edges, categories }) => [name, counts.map(Number), edges, categories])]

const given = ['data', 100, 'train.parquet', [['tenure', [0, 0, 20, 30, 50, 0], [1, 2], []], ['plan', [5, 60, 30, 5], [], ['basic', 'gold']]]]
/** As it is told, whatever is not there being there as empty. */
const shown = (found: VersionProfile | undefined) => told(found)?.map((part) => (Array.isArray(part) ? part.map((column) => column.map((field: unknown) => field ?? [])) : part))
async function serving<T>(folder: string, work: (client: CairnClient) => Promise<T>): Promise<T> {
  await using server = await serve(folder)
  return await work(new CairnClient({ url: server.url }))
}

test('profiles go with an export to another Cairn, and begin anew there only where they have changed', async () => {
  using folder = tempFolder()
  using other = tempFolder()
  await using there = await serve(other.path)
  const target = new CairnClient({ url: there.url })
  const exported = async (): Promise<void> => {
    const { code, err } = await cairn(['export', 'mlflow', '--to', there.url, '--artifacts', 'none'], { cwd: folder.path })
    assert.equal(code, 0, err)
  }
  await serving(folder.path, (client) => fill(client.url))
  await exported()
  const first = await profile(target)
  assert.deepEqual(shown(first), given)
  assert.equal(await profile(target, '2'), undefined)
  assert.equal((await profile(target, '3'))!.profile_uid, first!.profile_uid)
  await exported()
  assert.equal((await profile(target))!.profile_uid, first!.profile_uid)
  await serving(folder.path, (client) => client.models.setProfile({ name: 'churn', version: '1', rows: 100, columns: columns(21), of: 'train.parquet' }))
  await exported()
  assert.deepEqual((await profile(target))!.columns[0]!.counts.map(Number), [0, 0, 21, 29, 50, 0])
})

test('profiles come with an import from another Cairn as they are there, and the trail says so', async () => {
  using folder = tempFolder()
  using other = tempFolder()
  await using source = await serve(folder.path)
  const client = await fill(source.url)
  const imported = async (): Promise<void> => {
    const { code, err } = await cairn(['import', 'mlflow', '--from', source.url, '--artifacts', 'reference'], { cwd: other.path })
    assert.equal(code, 0, err)
  }
  await imported()
  await serving(other.path, async (here) => {
    assert.deepEqual(await profile(here), await profile(client))
    assert.deepEqual([await profile(here, '2'), (await profile(here, '3'))!.profile_uid], [undefined, (await profile(client))!.profile_uid])
    const [entry] = await Array.fromAsync(here.models.audit({ entity: 'registered_model', entity_name: 'churn', action: 'import' }))
    assert.equal((entry!.after as { profiles?: number }).profiles, 1)
    // What is here stays as it is.
    await here.models.setProfile({ name: 'churn', version: '1', rows: 100, columns: columns(22) })
  })
  await imported()
  await serving(other.path, async (here) => assert.equal(Number((await profile(here))!.columns[0]!.counts[2]), 22))
})

test('a mirror that is another Cairn has the profiles too, as they change', async () => {
  using folder = tempFolder()
  using other = tempFolder()
  await using there = await serve(other.path)
  const target = new CairnClient({ url: there.url })
  await using here = await startServer(readConfig({ flags: { port: '0', 'data-dir': join(folder.path, 'cairn-data'), 'mirror-to': there.url }, env: { MLFLOW_LOGGING_LEVEL: 'CRITICAL', CAIRN_MIRROR_ALLOW_PRIVATE_IPS: 'true' }, cwd: folder.path }))
  const client = await fill(here.url)
  const comes = async (low: number): Promise<void> => {
    for (const until = Date.now() + 120_000; Number((await profile(target))?.columns[0]!.counts[2]) !== low; await delay(200)) assert.ok(Date.now() < until, 'the profile does not come')
  }
  await comes(20)
  await client.models.setProfile({ name: 'churn', version: '1', rows: 100, columns: columns(23), of: 'train.parquet' })
  await comes(23)
})

test('profiles are in an export to Parquet', async () => {
  using folder = tempFolder()
  await serving(folder.path, (client) => fill(client.url))
  const { code, err } = await cairn(['export', 'parquet', '--out', 'out'], { cwd: folder.path })
  assert.equal(code, 0, err)
  const read = 'import json, sys, pandas; print(pandas.read_parquet(sys.argv[1]).to_json(orient="records"))'
  const { stdout, stderr } = spawnSync(await pythonForTests(), ['-c', read, join(folder.path, 'out', 'model_version_profiles.parquet')], { encoding: 'utf8' })
  assert.notEqual(stdout, '', stderr)
  const [row, ...rest] = JSON.parse(stdout) as Record<string, unknown>[]
  assert.deepEqual([row!['workspace'], row!['name'], row!['version'], row!['source'], row!['of'], row!['rows'], (JSON.parse(String(row!['columns'])) as ProfileColumn[])[0]!.counts, rest], ['default', 'churn', 1, 'data', 'train.parquet', 100, [0, 0, 20, 30, 50, 0], []])
})
