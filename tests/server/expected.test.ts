import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setExperimentTag, setRunTag, updateModelVersion, updateRegisteredModel } from '@cairn/protocol'
import { CairnClient } from '@cairn/sdk'
import { readConfig } from '../../packages/server/src/main/config.ts'
import { startServer } from '../../packages/server/src/main/server.ts'

test('notes and descriptions are replaced only where they are what was expected, and of two who replace the same one does', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-expected-'))
  try {
    await using server = await startServer(readConfig({ flags: { port: '0' }, env: { MLFLOW_LOGGING_LEVEL: 'ERROR' }, cwd: folder }))
    const client = new CairnClient({ url: server.url })
    const key = 'mlflow.note.content'
    const { info: { run_id } } = await client.runs.create({ experiment_id: '0', start_time: 1 })
    await client.models.create({ name: 'churn' })
    await client.models.createVersion({ name: 'churn', source: 's3://models/1' })
    const tagged = (tags: readonly { key: string; value?: string }[] | undefined): string => tags?.find((tag) => tag.key === key)?.value ?? ''
    const texts: Record<string, { get(): Promise<string>; set(text: string, expected?: string): Promise<unknown> }> = {
      run: { get: async () => tagged((await client.runs.get(run_id)).data.tags), set: (value, expected) => client.call(setRunTag, { run_id, key, value, ...(expected !== undefined && { expected }) }) },
      experiment: { get: async () => tagged((await client.experiments.get('0')).tags), set: (value, expected) => client.call(setExperimentTag, { experiment_id: '0', key, value, ...(expected !== undefined && { expected }) }) },
      model: { get: async () => (await client.models.get('churn')).description ?? '', set: (description, expected) => client.call(updateRegisteredModel, { name: 'churn', description, ...(expected !== undefined && { expected }) }) },
      version: { get: async () => (await client.models.getVersion('churn', '1')).description ?? '', set: (description, expected) => client.call(updateModelVersion, { name: 'churn', version: '1', description, ...(expected !== undefined && { expected }) }) },
    }
    for (const [what, { get, set }] of Object.entries(texts)) {
      await assert.rejects(set('mine', 'something'), (error) => (error as { status?: number; code?: string }).status === 409 && (error as { code?: string }).code === 'RESOURCE_CONFLICT' && /is not what was expected: somebody has changed it meanwhile/.test((error as Error).message), what)
      assert.equal(await get(), '', what)
      await set('first', '')
      const both = await Promise.allSettled([set('mine', 'first'), set('theirs', 'first')])
      assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'], what)
      assert.equal(await get(), both[0].status === 'fulfilled' ? 'mine' : 'theirs', what)
      // Without it, as MLflow's clients send it, the last one counts.
      await set('last')
      assert.equal(await get(), 'last', what)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
