import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Run } from '@cairn/protocol'
import { environmentOf, environmentRequest, readRequirements } from './environment.ts'

const run = (run_id: string, more: { tags?: { key: string; value: string }[]; models?: string[] } = {}): Run => ({
  info: { run_id }, data: { tags: more.tags ?? [] }, inputs: {}, outputs: { model_outputs: (more.models ?? []).map((model_id) => ({ model_id, step: 0 })) },
} as unknown as Run)

it('requirements are read by package, whatever else stands on their lines', () => {
  const lines = ['# made by hand', 'Scikit_Learn==1.4.0', 'pandas[sql] >=2, <3 ; python_version > "3.8"', 'numpy', '-r other.txt', '--index-url https://host', 'mine @ git+https://host/x', 'locked==1.0 --hash=sha256:00', './local', 'c:\\local', 'six==1.* # any']
  assert.deepEqual([...readRequirements(lines)], [['scikit-learn', '1.4.0'], ['pandas', '>=2, <3'], ['numpy', 'any'], ['mine', 'git+https://host/x'], ['locked', '1.0'], ['six', '==1.*']])
})

it('the most exact file says the version; models say what the run itself does not', () => {
  const one = run('1', { models: ['m-1'] })
  const texts = ['numpy==1.26.4\n', 'numpy>=1\nscipy==1.14\n', 'dependencies:\n- python=3.12.3\n- conda-forge::blas=2.1=mkl\n- pip:\n  - lightgbm==4.5\n', '{"environment":{"manager":"uv","python":"3.12.4"}}', 'broken: [']
  const files = [{ path: 'reproduce/environment.lock', run_id: '1', text: 0 }, { path: 'reproduce/record.json', run_id: '1', text: 3 }, { path: 'requirements.txt', model_id: 'm-1', text: 1 }, { path: 'conda.yaml', model_id: 'm-1', text: 2 }, { path: 'python_env.yaml', run_id: '1', text: 4 }, { path: 'requirements.txt', run_id: '2', text: 1 }, { path: 'requirements.txt', run_id: '1' }]
  assert.deepEqual([...environmentOf(one, { files, texts })], [['python', '3.12.3'], ['environment', 'uv'], ['blas', '2.1'], ['lightgbm', '4.5'], ['numpy', '1.26.4'], ['scipy', '1.14']])
  assert.equal(environmentOf(run('3'), { files, texts }).size, 0)
})

it('models in folders of the run are looked for where older clients say that they are', () => {
  const { paths, models } = environmentRequest([run('1', { tags: [{ key: 'mlflow.log-model.history', value: '[{"artifact_path":"model"}]' }], models: ['m-1'] }), run('2', { tags: [{ key: 'mlflow.log-model.history', value: 'nonsense' }], models: ['m-1'] })])
  assert.ok(paths.includes('model/requirements.txt'))
  assert.deepEqual(models, [{ model_id: 'm-1' }])
})
