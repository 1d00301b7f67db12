import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createRun } from '@cairn/protocol'
import { startCommandLine } from '../../testing.ts'

const line = await startCommandLine()
after(() => line[Symbol.asyncDispose]())

const { run } = await line.api(createRun, { experiment_id: '0', run_name: 'trainer' })
const { run_id } = run.info
writeFileSync(join(line.folder, 'MLmodel'), 'flavors: {}\n')
await line.cairn(`artifacts upload ${run_id} MLmodel --path model`)
const register = () => line.cairn(`models register churn runs:/${run_id}/model`)

test('models are registered from a run, listed and shown', async () => {
  assert.equal((await register()).out, 'Registered version 1 of "churn".\n')
  assert.equal((await register()).out, 'Registered version 2 of "churn".\n')
  assert.match((await line.cairn('models list')).out, /^NAME +LATEST +ALIASES +STAGES +CHANGED +DESCRIPTION\nchurn +2 /)
  assert.match((await line.cairn('models show churn')).out, /VERSION +ALIASES +STATUS +CREATED +RUN +SOURCE\n +2 +ready +.*\n +1 +ready /)
  assert.match((await line.cairn('models show churn/1')).out, new RegExp(`Version +1\\n(?:.*\\n)*Run +${run_id}\\n`))
  assert.equal((await line.cairn('models show nothing')).code, 1)
})

test('an alias moves and goes back, and the audit log has it', async () => {
  await line.cairn('models alias churn/1 champion')
  assert.match((await line.cairn('models alias churn/2 champion')).out, /^churn@champion is version 2\./)
  assert.equal((await line.json<{ version: string }>('models show churn@champion')).version, '2')
  assert.equal((await line.cairn('models rollback churn --alias champion')).out, 'churn@champion is version 1 again.\n')
  assert.equal((await line.json<{ version: string }>('models show churn@champion')).version, '1')
  const { out } = await line.cairn('models audit churn')
  assert.match(out, /^ENTRY +WHEN +WHO +WHAT +CHANGE +FROM +TO\n/)
  assert.match(out, /anonymous +churn(?:\/\d)? +rollback alias champion/)
  await line.cairn('models alias churn champion --delete')
  assert.equal((await line.cairn('models show churn@champion')).code, 1)
})

test('a stage archives what was there and gives it back', async () => {
  await line.cairn('models stage churn/1 production')
  await line.cairn('models stage churn/2 Production --archive')
  assert.equal((await line.json<{ current_stage: string }>('models show churn/1')).current_stage, 'Archived')
  assert.match((await line.cairn('models rollback churn/2')).out, /^Version 2 of "churn" is in None again\. Moved back with it: version 1\.\n$/)
  assert.equal((await line.json<{ current_stage: string }>('models show churn/1')).current_stage, 'Production')
  assert.equal((await line.cairn('models stage churn/1 live')).code, 2)
})

test('the files of a version are downloaded', async () => {
  assert.equal((await line.cairn('models download churn/1')).code, 0)
  assert.equal(readFileSync(join(line.folder, 'churn-1', 'MLmodel'), 'utf8'), 'flavors: {}\n')
})

test('deleting for good needs a word, and takes a version or the whole model', async () => {
  assert.equal((await line.cairn('models delete churn')).code, 2)
  assert.equal((await line.cairn('models delete churn/1 --yes')).out, 'Deleted version 1 of "churn".\n')
  assert.equal((await line.cairn('models delete churn --yes')).out, 'Deleted the model "churn".\n')
  assert.equal((await line.cairn('models list')).out, 'No registered models.\n')
})
