import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createExperiment, searchExperiments } from '@cairn/protocol'
import { CairnClient } from '@cairn/sdk'
import { clientOptions } from '@cairn/sdk/node'
import { startCommandLine } from '../../testing.ts'

const line = await startCommandLine({ env: { MLFLOW_ENABLE_WORKSPACES: 'true' } })
after(() => line[Symbol.asyncDispose]())

test('workspaces are added, shown, changed and deleted', async () => {
  assert.match((await line.cairn('workspaces create vision--cats --description Cats')).out, /Added the workspace vision--cats\. Next: export MLFLOW_TRACKING_URI=http:\S+\/vision\/cats\.mlflow\n/)
  assert.match((await line.cairn('workspaces list')).out, /vision--cats +http:\S+\/vision\/cats\.mlflow +Cats\n/)
  assert.match((await line.cairn('workspaces show vision--cats')).out, /Team +vision/)
  assert.equal((await line.cairn(['workspaces', 'update', 'vision--cats', '--description', 'More cats'])).code, 0)
  assert.deepEqual((await line.json<{ description?: string }>('workspaces show vision--cats')).description, 'More cats')
  assert.match((await line.cairn('workspaces update vision--cats')).err, /Nothing to change/)
  assert.match((await line.cairn('workspaces create No')).err, /Workspace name 'No' must match/)
  assert.equal((await line.cairn('workspaces create gone')).code, 0)
  assert.equal((await line.cairn('workspaces delete gone')).code, 2)
  assert.equal((await line.cairn('workspaces delete gone --yes')).out, 'Deleted the workspace gone.\n')
})

test('commands work in a workspace by option, by variable and by address', async () => {
  assert.equal((await line.cairn('experiments create cats-only --workspace vision--cats')).code, 0)
  const names = async (words: string, env: Record<string, string> = {}): Promise<boolean> => (await line.cairn(`experiments list ${words}`.trim(), { env: { MLFLOW_TRACKING_URI: line.url, ...env } })).out.includes('cats-only')
  assert.equal(await names(''), false)
  assert.equal(await names('--workspace vision--cats'), true)
  assert.equal(await names('', { CAIRN_WORKSPACE: 'vision--cats' }), true)
  assert.equal(await names('', { MLFLOW_WORKSPACE: 'vision--cats' }), true)
  assert.equal(await names('', { MLFLOW_TRACKING_URI: `${line.url}/vision/cats.mlflow` }), true)
  assert.match((await line.cairn('experiments list --workspace nowhere')).err, /Workspace 'nowhere' not found/)
  assert.match((await line.cairn('workspaces delete vision--cats --yes')).err, /still contains 1 resource/)
  assert.equal((await line.cairn('workspaces delete vision--cats --mode set-default --yes')).code, 0)
  assert.equal(await names(''), true)
})

test('the SDK works in a workspace by option, variable and address', async () => {
  await line.cairn('workspaces create of-sdk')
  const client = new CairnClient({ url: line.url, workspace: 'of-sdk' })
  await client.call(createExperiment, { name: 'of the sdk' })
  for (const options of [{ url: line.url, workspace: 'of-sdk' }, clientOptions({ MLFLOW_TRACKING_URI: line.url, MLFLOW_WORKSPACE: 'of-sdk' }), { url: `${line.url}/of-sdk.mlflow` }]) {
    const { experiments = [] } = await new CairnClient(options).call(searchExperiments, { max_results: 10 })
    assert.deepEqual(experiments.map(({ name, workspace }) => [name, workspace]), [['of the sdk', 'of-sdk']])
  }
  assert.notEqual(client.transport.place, new CairnClient({ url: line.url }).transport.place)
})
