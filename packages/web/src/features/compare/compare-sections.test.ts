import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import type { Run } from '@cairn/protocol'

let sections: typeof import('./compare-sections.ts')
before(async () => { sections = await import('./compare-sections.ts') })

it('datasets that are called the same are all told, by what they were for', () => {
  const dataset = (digest: string, ...contexts: string[]) => ({ dataset: { name: 'rows', digest, source_type: 'local', source: '' }, tags: [{ key: 'other', value: 'x' }, ...contexts.map((value) => ({ key: 'mlflow.data.context', value }))] })
  const run = { info: { run_id: 'r', run_name: 'r', experiment_id: '1', status: 'FINISHED', start_time: 0 }, data: {}, inputs: { dataset_inputs: [dataset('one', 'training'), dataset('two', 'training'), dataset('three', 'test')] } } as unknown as Run
  const found = sections.sectionsOf([run], undefined, (id) => id, () => {}).find(({ title }) => title === 'Datasets')
  assert.deepEqual([...found!.values[0]!], [['rows (training)', 'one, two'], ['rows (test)', 'three']])
})
