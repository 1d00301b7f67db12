import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Endpoint } from '../../packages/serving/src/endpoint/endpoint.ts'
import { folderDigest } from '../../packages/serving/src/models/fetch-model.ts'
import { startScoringServer } from '../../packages/serving/src/server/scoring-server.ts'
import { loadModel, type LoadOptions, type ServedModel } from '../../packages/serving/src/server/served-model.ts'
import { makeModels, post, type TestModels } from './models.ts'
import { pythonExtras } from './python-extras.ts'

let models: TestModels
let folder: string
before(async () => {
  models = await makeModels('make-environment-model.py')
  folder = mkdtempSync(join(tmpdir(), 'cairn-model-environment-'))
})
after(() => {
  models[Symbol.dispose]()
  rmSync(folder, { recursive: true, maxRetries: 3 })
})

const said: string[] = []
/** The model in an environment that `envManager` builds below `root`, without uv unless it is put on the PATH. */
async function load(name: string, envManager: LoadOptions['envManager'], root: string, env: Readonly<Record<string, string | undefined>> = {}, override?: readonly string[]): Promise<ServedModel> {
  said.length = 0
  // The tests' own Python is always there, wherever uv lies beside another.
  const path = [...(process.env['PATH'] ?? '').split(delimiter).filter((place) => !readdirSafe(place).includes('uv')), dirname(models.python)].join(delimiter)
  const place = join(models.folder, name)
  return loadModel('tells', { uri: place, folder: place, digest: await folderDigest(place), version: undefined }, {
    envManager, env: { ...process.env, PATH: path, CAIRN_ENV_DIR: join(folder, root), ...env }, override, workers: 1, maxQueue: 1000, maxBatchRows: 64, deadlineMs: 60_000, say: (line) => said.push(line),
  })
}
const readdirSafe = (place: string): string[] => {
  try {
    return readdirSync(place)
  } catch {
    return []
  }
}
const built = (): boolean => said.some((line) => line.startsWith('Building an environment'))

const ask = async (model: ServedModel): Promise<string> => (await model.invoke(Buffer.from('{"dataframe_records": [{"x": 1.0}]}'), 'application/json')).body.toString()

describe('the environment of a model', { concurrency: false }, () => {
  test('is built by venv and pip while another model answers, and takes over; the next process finds it built', async () => {
    // The tests' Python has everything but the versions that the model asks for.
    const local = await load('own', 'local', 'none', models.env)
    await using endpoint = new Endpoint('tells', local, { keepWarmMs: 60_000 })
    await using server = await startScoringServer([endpoint], { host: '127.0.0.1', port: 0 })
    const answers = new Set<string>()
    let going = true
    const asking = (async () => {
      while (going) {
        const { status, text } = await post(`${server.url}/invocations`, { dataframe_records: [{ x: 1 }] })
        assert.equal(status, 200, text)
        answers.add(text)
        // As fast as it can, it would take the processor that builds.
        await sleep(20)
      }
    })()
    try {
      const own = await load('own', 'virtualenv', 'pip')
      assert.ok(built())
      assert.deepEqual([...answers], ['{"predictions": ["1.17.0"]}'])
      endpoint.setTraffic({ shares: [{ model: own, percent: 100 }], salt: '' })
      answers.clear()
      assert.equal((await post(`${server.url}/invocations`, { dataframe_records: [{ x: 1 }] })).text, '{"predictions": ["1.16.0"]}')
    } finally {
      going = false
      await asking
    }
    await using again = await load('own', 'virtualenv', 'pip')
    assert.equal(built(), false)
    assert.equal(await ask(again), '{"predictions": ["1.16.0"]}')
    // Cached by what it holds: one folder, with one environment in it.
    assert.equal(readdirSync(join(folder, 'pip')).length, 1)
  })

  test('is built by uv where that is asked for, and said to be impossible without it', async () => {
    await assert.rejects(load('own', 'uv', 'uv'), /There is no uv on the PATH/)
    const uv = join(await pythonExtras('uv==0.13.9'), 'bin')
    const env = { PATH: `${uv}${delimiter}${process.env['PATH'] ?? ''}`, UV_PYTHON_DOWNLOADS: 'never' }
    await using model = await load('own', 'uv', 'uv', env)
    assert.match(said.join('\n'), /Building an environment in \S+ with uv/)
    assert.equal(await ask(model), '{"predictions": ["1.16.0"]}')
    // Another version than the model's own requirements allow, in an environment beside the first.
    await using other = await load('own', 'uv', 'uv', env, ['six==1.15.0'])
    assert.equal(await ask(other), '{"predictions": ["1.15.0"]}')
    assert.equal(readdirSync(join(folder, 'uv')).length, 2)
  })

  test('that cannot be built is told with what the installer wrote and what to try, and leaves nothing', async () => {
    await assert.rejects(load('broken', 'virtualenv', 'broken'), (error: Error & { fix?: string }) => {
      assert.match(error.message, /pip could not install the packages[\s\S]*No matching distribution found for six==999/)
      assert.match(error.fix!, /another version of the package|its spelling and version/)
      return true
    })
    const [place] = readdirSync(join(folder, 'broken'))
    assert.deepEqual(readdirSync(join(folder, 'broken', place!)).filter((name) => !name.startsWith('lock')), [])
  })
})
