/** The Dockerfile of a model and its build, with a stand-in for the engine that notes how it is called. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { startCommandLine, type CommandLine } from '../../packages/cli/src/testing.ts'
import { CairnClient } from '@cairn/sdk'
import { standInEngine } from '../projects/stand-in-engine.ts'
import { makeModels, type TestModels } from '../serving/models.ts'
import { builtProgram } from './program.ts'

const folder = mkdtempSync(join(tmpdir(), 'cairn-dockerfile-'))
let models: TestModels
let line: CommandLine
before(async () => {
  await builtProgram()
  models = await makeModels()
  line = await startCommandLine()
})
after(async () => {
  await line?.[Symbol.asyncDispose]()
  models?.[Symbol.dispose]()
  rmSync(folder, { recursive: true, force: true })
})

const cairn = (words: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  line.cairn(words, { cwd: folder, env: { ...models.env, MLFLOW_TRACKING_URI: line.url, CAIRN_MODEL_DIR: join(line.folder, 'cache'), ...env } })
const read = (...parts: string[]): string => readFileSync(join(folder, ...parts), 'utf8')

test('a model that runs without Python gets a Dockerfile without it, an account that is not root, and everything beside it', async () => {
  const client = new CairnClient({ url: line.url })
  const { info: { run_id } } = await client.runs.create({ experiment_id: '0' })
  for (const file of ['MLmodel', 'model.ubj', 'requirements.txt', 'python_env.yaml']) await client.artifacts.upload(run_id, `model/${file}`, new Uint8Array(readFileSync(join(models.folder, 'xgboost', file))))
  await client.models.create({ name: 'churn "$HOME"' })
  await client.models.createVersion({ name: 'churn "$HOME"', source: `runs:/${run_id}/model`, run_id })
  const { code, err, out } = await cairn(['models', 'generate-dockerfile', '-m', `models:/${encodeURIComponent('churn "$HOME"')}/1`, '-d', 'trees'])
  assert.equal(code, 0, err)
  assert.match(out, /on debian:13-slim, without Python/)
  const text = read('trees', 'Dockerfile')
  assert.doesNotMatch(text, /pip|venv|environment/i)
  assert.match(text, /^LABEL org\.opencontainers\.image\.version="1"$/m)
  assert.match(text, /^LABEL cairn\.model\.uri="models:\/churn \\"\\\$HOME\\"\/1"$/m)
  assert.match(text, /^USER 10001:10001$/m)
  assert.match(text, /^EXPOSE 8080$/m)
  assert.match(text, /^HEALTHCHECK .*\/ping/m)
  assert.match(text, /MLFLOW_DISABLE_ENV_CREATION=true/)
  const entrypoint = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(text)![1]!) as string[]
  assert.deepEqual(entrypoint.slice(2), ['/opt/cairn/dist/cairn.js', 'models', 'serve', '-m', 'churn___HOME_=/opt/ml/model', '--env-manager', 'local'])
  assert.deepEqual(readdirSync(join(folder, 'trees')).toSorted(), ['Dockerfile', 'cairn', 'model'])
  for (const file of ['cairn/dist/cairn.js', 'cairn/dist/worker.py', 'cairn/package.json', 'model/model.ubj']) assert(existsSync(join(folder, 'trees', file)), file)
  assert(!existsSync(join(folder, 'trees/cairn/dist/web')))
})

test('a model in Python gets its own version of it, and its requirements before the model', async () => {
  const source = join(folder, 'source')
  mkdirSync(join(source, 'wheels'), { recursive: true })
  writeFileSync(join(source, 'MLmodel'), readFileSync(join(models.folder, 'custom', 'MLmodel')))
  writeFileSync(join(source, 'python_env.yaml'), 'python: "3.12.4"\nbuild_dependencies: [pip==24.0]\ndependencies: ["-r requirements.txt"]\n')
  writeFileSync(join(source, 'requirements.txt'), '-c limits.txt\nnumpy\n./wheels/own.whl\n')
  writeFileSync(join(source, 'limits.txt'), 'numpy<3\n')
  writeFileSync(join(source, 'wheels/own.whl'), '')
  writeFileSync(join(source, 'secret-weights.bin'), '')
  chmodSync(join(source, 'secret-weights.bin'), 0o600)
  const { code, err } = await cairn(['models', 'generate-dockerfile', '-m', source, '-d', 'python', '--install-mlflow', '--install-java', 'true'])
  assert.equal(code, 0, err)
  const text = read('python', 'Dockerfile')
  assert.match(text, /^ARG BASE=python:3\.12\.4-slim$/m)
  assert.match(text, /default-jre-headless/)
  assert(text.indexOf('COPY environment/') < text.indexOf('COPY model/'))
  assert.match(text, /^RUN python3 -m venv \/opt\/env \\\n && cd \/opt\/environment \\\n && \/opt\/env\/bin\/python -m pip install [-\w ]+ -r cairn-build\.txt \\\n && \/opt\/env\/bin\/python -m pip install [-\w ]+ -r cairn-install\.txt$/m)
  assert.match(read('python', 'environment/cairn-install.txt'), /^-r requirements\.txt\nmlflow==3\./)
  assert.deepEqual(readdirSync(join(folder, 'python/environment'), { recursive: true }).toSorted(), ['cairn-build.txt', 'cairn-install.txt', 'limits.txt', 'requirements.txt', 'wheels', 'wheels/own.whl'])
  // Whoever runs the container reads it, whatever the mode was here.
  assert.equal(statSync(join(folder, 'python/model/secret-weights.bin')).mode & 0o777, 0o644)

  for (const [manager, expected] of [['uv', /uv venv/], ['conda', /conda env create --prefix \/opt\/env/], ['local', /python3 -m pip install [-\w ]+ -r cairn-install/]] as const) {
    const again = await cairn(['models', 'generate-dockerfile', '-m', join(models.folder, 'custom'), '-d', 'python', '--env-manager', manager])
    assert.equal(again.code, 0, again.err)
    assert.match(read('python', 'Dockerfile'), expected)
  }
})

test('what a model must not say in a Dockerfile, and a folder that is not empty, are refused and left as they were', async () => {
  const source = join(folder, 'hostile')
  mkdirSync(source)
  writeFileSync(join(source, 'MLmodel'), readFileSync(join(models.folder, 'custom', 'MLmodel')))
  writeFileSync(join(source, 'python_env.yaml'), 'python: "3.12\\nRUN curl evil"\ndependencies: []\n')
  assert.match((await cairn(['models', 'generate-dockerfile', '-m', source, '-d', 'never'])).err, /which is no version/)
  writeFileSync(join(source, 'python_env.yaml'), 'python: "3.12"\ndependencies: ["-r ../../etc/passwd"]\n')
  assert.match((await cairn(['models', 'generate-dockerfile', '-m', source, '-d', 'never'])).err, /is outside of/)
  mkdirSync(join(folder, 'mine/model'), { recursive: true })
  writeFileSync(join(folder, 'mine/model/precious'), '')
  const refused = await cairn(['models', 'generate-dockerfile', '-m', join(models.folder, 'xgboost'), '-d', 'mine'])
  assert.equal(refused.code, 1)
  assert.match(refused.err, /is not empty/)
  assert(existsSync(join(folder, 'mine/model/precious')))
})

test('an image is built by Docker or Podman from the same files', async () => {
  const engine = standInEngine(folder)
  const path = `${engine.bin}:${models.env['PATH']}`
  const { code, err } = await cairn(['models', 'build-docker', '-m', join(models.folder, 'xgboost'), '-n', 'churn:3', '--platform', 'linux/arm64'], { PATH: path })
  assert.equal(code, 0, err)
  const [info, build] = engine.calls()
  assert.deepEqual(info, ['info'])
  assert.deepEqual(build!.slice(0, -1), ['build', '--tag', 'churn:3', '--platform', 'linux/arm64'])
  assert.match(read('context/Dockerfile'), /^USER 10001/m)
  assert(existsSync(join(folder, 'context/model/MLmodel')))
  assert(!existsSync(build!.at(-1)!))

  const podman = standInEngine(folder, 'podman')
  rmSync(join(folder, 'context'), { recursive: true })
  const without = await cairn(['models', 'build-docker'], { CAIRN_CONTAINER_ENGINE: join(podman.bin, 'podman') })
  assert.equal(without.code, 0, without.err)
  assert.deepEqual(podman.calls()[1]!.slice(0, -1), ['build', '--tag', 'mlflow-pyfunc-servable', '--format', 'docker'])
  assert.match(read('context/Dockerfile'), /MLFLOW_DISABLE_ENV_CREATION=false[\s\S]*"--env-manager","virtualenv"/)
  assert.match(read('context/Dockerfile'), /^VOLUME \/opt\/ml\/model$/m)
})

test('where there is no engine, or it fails, that is told with what to do', async () => {
  const none = await cairn(['models', 'build-docker', '-m', join(models.folder, 'xgboost')], { PATH: dirname(process.execPath) })
  assert.equal(none.code, 1)
  assert.match(none.err, /no Docker and no Podman[\s\S]*cairn models build-oci/)
  const broken = join(folder, 'broken')
  mkdirSync(broken)
  writeFileSync(join(broken, 'docker'), '#!/bin/sh\n[ "$1" = info ] && exit 0\necho "pulling"; echo "no space left on device" >&2; exit 3\n', { mode: 0o755 })
  const failed = await cairn(['models', 'build-docker', '-m', join(models.folder, 'xgboost')], { PATH: `${broken}:${models.env['PATH']}` })
  assert.match(failed.err, /exit status 3[\s\S]*no space left on device/)
})
