/** The recommendation example: run as a project, tracked, registered, packed and served. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { RunOutcome } from '@cairn/runner'
import { CairnClient } from '@cairn/sdk'
import { startCommandLine } from '../../packages/cli/src/testing.ts'
import { pythonForTests } from '../../tools/setup-python.ts'
import { makeRoot, writeBase } from '../images/base-image.ts'
import { builtProgram } from '../images/program.ts'
import { post } from './models.ts'
import { startServing } from './serving-process.ts'

test('the recommendation example finds the tastes that its shop was made of, and answers for baskets', async () => {
  await using line = await startCommandLine()
  const python = await pythonForTests()
  const env = { ...process.env, PATH: `${dirname(python)}:${process.env['PATH'] ?? ''}`, MLFLOW_TRACKING_URI: line.url, MLFLOW_DISABLE_TELEMETRY: 'true', CAIRN_QUEUE_DIR: join(line.folder, 'queue'), CAIRN_MODEL_DIR: join(line.folder, 'cache'), PYTHONDONTWRITEBYTECODE: '1' }
  const example = fileURLToPath(new URL('../../examples/recommendation', import.meta.url))
  const ran = await line.cairn(['run', example, '--env-manager', 'local', '--experiment-name', 'recommendation', '--json'], { env })
  assert.equal(ran.code, 0, ran.err.slice(-4000))

  const client = new CairnClient({ url: line.url })
  const { info, data } = await client.runs.get((JSON.parse(ran.out) as RunOutcome).run_id)
  const metric = (metrics: typeof data.metrics, key: string): number => Number(metrics?.find((one) => one.key === key)?.value)
  assert.equal(info.status, 'FINISHED')
  // Nine in ten of what shoppers buy is of their taste, and some 20 products of it are left: ten of them hold the last one for 0.9 · 10 / 20.
  const oracle = metric(data.metrics, 'oracle_hit_rate')
  assert.ok(oracle > 0.38 && oracle < 0.52, `${oracle}`)
  assert.ok(metric(data.metrics, 'hit_rate') > 0.9 * oracle, `${metric(data.metrics, 'hit_rate')} of ${oracle}`)
  assert.ok(metric(data.metrics, 'same_taste') > 0.95)
  const children = await Array.fromAsync(client.runs.search({ experiment_ids: [info.experiment_id], filter: `tags.mlflow.parentRunId = '${info.run_id}'` }))
  assert.deepEqual(children.map((child) => child.info.run_name).toSorted(), ['als factors=16', 'als factors=2', 'als factors=4', 'als factors=8', 'popular'])
  const popular = children.find((child) => child.info.run_name === 'popular')!
  assert.ok(metric(popular.data.metrics, 'same_taste') < 0.4, 'what is popular knows no taste')

  assert.equal((await client.models.getVersionByAlias('recommendation', 'champion')).version, '1')
  await builtProgram()
  const packed = await line.cairn(['models', 'generate-dockerfile', '-m', 'models:/recommendation@champion', '-d', join(line.folder, 'image')], { env })
  assert.equal(packed.code, 0, packed.err)
  assert.match(readFileSync(join(line.folder, 'image', 'Dockerfile'), 'utf8'), /^FROM /m)
  const at = (name: string): string => join(line.folder, name)
  makeRoot(at('root'), { python })
  writeBase(at('base'), at('root'))
  const written = await line.cairn(['models', 'build-oci', '-m', 'models:/recommendation@champion', '-o', 'oci', '--base', 'oci:base:base', '--env-manager', 'local'], { cwd: line.folder, env })
  assert.equal(written.code, 0, written.err)
  const blob = (digest: string): any => JSON.parse(readFileSync(at(join('oci', 'blobs', ...digest.split(':'))), 'utf8'))
  const [image] = JSON.parse(readFileSync(at('oci/index.json'), 'utf8')).manifests
  const manifest = blob(image.digest)
  assert.ok(manifest.layers.length > 1, 'the model lies on the base, in layers of its own')
  const { Labels, Entrypoint } = blob(manifest.config.digest).config
  assert.equal(Labels['cairn.model.uri'], 'models:/recommendation/1')
  assert.equal(Labels['cairn.run_id'], info.run_id)
  assert.equal(Entrypoint[0], '/opt/cairn/bin/node')

  await using served = await startServing(['--env-manager', 'local', '-m', 'models:/recommendation@champion'], env)
  const { url } = served
  for (const taste of [0, 1, 2, 3]) {
    const basket = [taste, taste + 4, taste + 8, taste + 12].map((product) => `p${product}`)
    const { status, text } = await post(`${url}/invocations`, { dataframe_records: [{ basket }], params: { count: 5 } })
    assert.equal(status, 200, text)
    const [{ products }] = (JSON.parse(text) as { predictions: [{ products: string[] }] }).predictions
    assert.equal(products.length, 5)
    assert.ok(products.every((product) => Number(product.slice(1)) % 4 === taste && !basket.includes(product)), `${basket.join(' ')} → ${products.join(' ')}`)
  }
  const many = JSON.parse((await post(`${url}/invocations`, { dataframe_records: [{ basket: [] }, { basket: ['p3'] }] })).text) as { predictions: { products: string[] }[] }
  assert.deepEqual(many.predictions.map(({ products }) => products.length), [10, 10])
  const wrong = await post(`${url}/invocations`, { dataframe_records: [{ basket: ['sofa'] }] })
  assert.equal(wrong.status, 400)
  assert.match(wrong.text, /There is no product 'sofa': they are p0 to p119/)
})
