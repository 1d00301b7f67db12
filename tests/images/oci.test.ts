/** Images written without an engine: the same bytes each time, taken by others' tools, run and asked. */
import assert from 'node:assert/strict'
import { appendFileSync, chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startCommandLine, type CommandLine } from '../../packages/cli/src/testing.ts'
import { makeModels, post, serve, type TestModels } from '../serving/models.ts'
import { startScoringServer } from '../../packages/serving/src/server/scoring-server.ts'
import { onnxRuntimeForTests, pythonExtras } from '../serving/python-extras.ts'
import { digests, makeRoot, ownArchitecture, sha256, writeBase } from './base-image.ts'
import { imageTools, mayChroot, must, skopeo, startImage } from './container.ts'
import { builtProgram } from './program.ts'

interface Built {
  readonly digest: string
  readonly layers: readonly { readonly what: string; readonly digest: string }[]
}

const folder = mkdtempSync(join(tmpdir(), 'cairn-oci-'))
const at = (...parts: string[]): string => join(folder, ...parts)
let models: TestModels
let line: CommandLine
let minor: string
before(async () => {
  imageTools()
  await builtProgram()
  models = await makeModels()
  line = await startCommandLine()
  makeRoot(at('plain-root'), {})
  writeBase(at('plain'), at('plain-root'))
  // A Node that the base says it has is not run here, so any file will do.
  mkdirSync(at('node-root/usr/local/bin'), { recursive: true })
  writeFileSync(at('node-root/usr/local/bin/node'), '')
  writeBase(at('node'), at('node-root'), { env: [`NODE_VERSION=${process.versions.node}`, 'LD_LIBRARY_PATH=/opt/theirs'] })
  minor = makeRoot(at('python-root'), { python: 'python3' }).minor!
  writeBase(at('python'), at('python-root'), { docker: true })
})
after(async () => {
  await line?.[Symbol.asyncDispose]()
  models?.[Symbol.dispose]()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

const cairn = (words: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  line.cairn(['models', 'build-oci', ...words], { cwd: folder, env: { ...models.env, PATH: process.env['PATH'], CAIRN_IMAGE_DIR: at('cache'), ...env } })
async function build(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Built> {
  const { code, out, err } = await cairn([...words, '--json'], env)
  assert.equal(code, 0, err)
  return JSON.parse(out) as Built
}
const model = (name: string): string => join(models.folder, name)
const example = (name: string): string => readFileSync(join(model(name), 'serving_input_example.json'), 'utf8')

/** What the same model answers when it is served here. */
async function answeredHere(name: string, body: string, from = models): Promise<string> {
  const served = await serve(from, name)
  await using server = await startScoringServer([served], { host: '127.0.0.1', port: 0 })
  const { status, text } = await post(`${server.url}/invocations`, body)
  assert.equal(status, 200, text)
  await served[Symbol.asyncDispose]()
  return text
}

test('an image of a tree model on a base without Node and Python is read by skopeo, unpacked by umoci, run, and answers as the model does', async () => {
  const built = await build(['-m', model('xgboost'), '-o', 'trees', '--base', 'oci:plain:base', '--tag', 'v1'])
  const shown = JSON.parse(skopeo('inspect', `oci:${at('trees')}:v1`)) as { Digest: string; Layers: string[]; Labels: Record<string, string>; Env: string[]; Created: string }
  assert.equal(shown.Digest, built.digest)
  assert.deepEqual(shown.Layers, built.layers.map(({ digest }) => digest))
  assert.deepEqual(built.layers.map(({ what }) => what), ['base', 'program', 'model'])
  assert.equal(shown.Created, '1970-01-01T00:00:00Z')
  assert.deepEqual([shown.Labels['of'], shown.Labels['org.opencontainers.image.title']], ['the base', 'model'])
  assert.match(shown.Labels['cairn.model.digest']!, /^sha256:/)
  const { config } = JSON.parse(skopeo('inspect', '--config', '--raw', `oci:${at('trees')}:v1`)) as { config: { User: string; ExposedPorts: object; Healthcheck: { Test: string[] }; StopSignal: string } }
  assert.deepEqual([config.User, config.ExposedPorts, config.StopSignal], ['10001:10001', { '8080/tcp': {} }, 'SIGTERM'])
  assert.equal(config.Healthcheck.Test[0], 'CMD')
  // Every digest is checked on the way, and each layer unpacked for the second.
  skopeo('copy', `oci:${at('trees')}:v1`, `oci:${at('copied')}:v1`)
  skopeo('copy', `oci:${at('trees')}:v1`, `docker-archive:${at('docker.tar')}:churn:1`)
  assert.equal((JSON.parse(skopeo('inspect', `oci:${at('copied')}:v1`)) as { Digest: string }).Digest, built.digest)

  await using container = await startImage(at('trees'), 'v1', at('trees-run'))
  if (mayChroot()) assert.equal(container.uid, 10001)
  const { status, text } = await post(`${container.url}/invocations`, example('xgboost'))
  assert.equal(status, 200, text)
  assert.equal(text, await answeredHere('xgboost', example('xgboost')))
})

test('the same model on the same base gives the same bytes, whatever the clock, the cache, the masks and the order on the disk', async () => {
  await build(['-m', model('booster'), '-o', 'once', '--base', 'node'])
  const again = at('booster-again')
  mkdirSync(again)
  for (const name of Object.keys(digests(model('booster'))).toReversed()) {
    cpSync(join(model('booster'), name), join(again, name))
    chmodSync(join(again, name), 0o600)
    utimesSync(join(again, name), 1e9, 1e9)
  }
  const built = await build(['-m', again, '-o', 'twice', '--base', 'node'], { CAIRN_IMAGE_DIR: at('other-cache'), TZ: 'Asia/Tokyo' })
  assert.deepEqual(digests(at('twice')), digests(at('once')))
  // As one file, and from a base in one file.
  must('tar', '-C', at('node'), '-cf', at('node.tar'), '.')
  await build(['-m', again, '-o', 'one.tar', '--base', 'node.tar:base'])
  await build(['-m', again, '-o', 'two.tar', '--base', 'oci-archive:node.tar'], { CAIRN_IMAGE_DIR: at('third-cache') })
  assert.equal(sha256(readFileSync(at('one.tar'))), sha256(readFileSync(at('two.tar'))))
  assert.equal((JSON.parse(skopeo('inspect', `oci-archive:${at('one.tar')}:latest`)) as { Digest: string }).Digest, built.digest)
  const dated = await build(['-m', again, '-o', 'dated', '--base', 'node'], { SOURCE_DATE_EPOCH: '1700000000' })
  assert.equal((JSON.parse(skopeo('inspect', `oci:${at('dated')}:latest`)) as { Created: string }).Created, '2023-11-14T22:13:20Z')
  assert.notEqual(dated.digest, built.digest)
})

test('a changed model changes its own layer and no other; two images share a layout', async () => {
  const first = await build(['-m', model('booster'), '-o', 'shared', '--base', 'node', '--tag', 'one'])
  const changed = at('booster-changed')
  cpSync(model('booster'), changed, { recursive: true })
  appendFileSync(join(changed, 'MLmodel'), '# another\n')
  const second = await build(['-m', changed, '-o', 'shared', '--base', 'node', '--tag', 'two'])
  assert.deepEqual(first.layers.map(({ what, digest }) => [what, second.layers.find((other) => other.digest === digest)?.what]), [['base', 'base'], ['program', 'program'], ['model', undefined]])
  for (const [tag, { digest }] of [['one', first], ['two', second]] as const) assert.equal((JSON.parse(skopeo('inspect', `oci:${at('shared')}:${tag}`)) as { Digest: string }).Digest, digest)
  const packed = await build(['-m', changed, '-o', 'zstd', '--base', 'node', '--compression', 'zstd'])
  assert.notEqual(packed.digest, second.digest)
  const { config, layers } = JSON.parse(readFileSync(at('zstd/blobs/sha256', packed.digest.slice(7)), 'utf8')) as { config: { digest: string }; layers: { mediaType: string }[] }
  assert.deepEqual(layers.map(({ mediaType }) => mediaType.split('+')[1]), ['gzip', 'zstd', 'zstd'])
  const { config: { Env, Entrypoint }, rootfs } = JSON.parse(readFileSync(at('zstd/blobs/sha256', config.digest.slice(7)), 'utf8')) as { config: { Env: string[]; Entrypoint: string[] }; rootfs: { diff_ids: string[] } }
  // The base's own Node needs nothing of ours.
  assert(Env.includes('LD_LIBRARY_PATH=/opt/theirs'))
  assert.equal(Entrypoint[0], '/usr/local/bin/node')
  // Packed otherwise, and the same archives.
  const plain = JSON.parse(skopeo('inspect', '--config', '--raw', `oci:${at('shared')}:two`)) as { rootfs: { diff_ids: string[] } }
  assert.deepEqual(rootfs.diff_ids, plain.rootfs.diff_ids)
})

test('a model in Python gets its environment as a layer, compiled, and the image answers as the model does', async () => {
  const source = at('in-python')
  cpSync(model('custom'), source, { recursive: true })
  writeFileSync(join(source, 'python_env.yaml'), `python: "${minor}"\nbuild_dependencies: []\ndependencies: ["-r requirements.txt"]\n`)
  const pinned = (name: string): string => must(models.python, '-c', `import importlib.metadata as m; print(m.version("${name}"))`).trim()
  writeFileSync(join(source, 'requirements.txt'), `mlflow-skinny==${pinned('mlflow')}\nnumpy==${pinned('numpy')}\npandas==${pinned('pandas')}\ncloudpickle==${pinned('cloudpickle')}\n`)
  const words = ['-m', source, '--base', 'python']
  // Byte code is made when it is packed.
  const env = { PATH: models.env['PATH'], PIP_NO_COMPILE: '1' }
  const built = await build([...words, '-o', 'py'], env)
  assert.deepEqual(built.layers.map(({ what }) => what), ['base', 'program', 'environment', 'model'])
  {
    await using container = await startImage(at('py'), 'latest', at('py-run'))
    const body = '{"dataframe_split": {"columns": ["x"], "data": [[1.5], [4.0]]}, "params": {"factor": 3.0}}'
    const { status, text } = await post(`${container.url}/invocations`, body)
    assert.equal(status, 200, text)
    assert.equal(text, await answeredHere('custom', body))
  }
  const site = at('py-run/rootfs/opt/env/lib', `python${minor}`, 'site-packages')
  assert(statSync(join(site, 'pandas/__pycache__', `__init__.cpython-${minor.replace('.', '')}.pyc`)).size > 0)
  assert.match(readFileSync(at('py-run/rootfs/opt/env/bin/uvicorn'), 'utf8'), /^#!\/opt\/env\/bin\/python/)

  // The same environment for an engine, with every package pinned.
  const { code, err } = await line.cairn(['models', 'generate-dockerfile', '-m', source, '-d', 'locked', '--lock'], { cwd: folder, env: { ...models.env, ...env } })
  assert.equal(code, 0, err)
  const locked = readFileSync(at('locked/environment/cairn-install.txt'), 'utf8').trimEnd().split('\n')
  assert(locked.length > 20 && locked.every((name) => /^[\w.-]+==\S+/.test(name)), locked.join('\n'))
  assert.match(readFileSync(at('locked/Dockerfile'), 'utf8'), /--no-deps(?: --require-hashes)? -r cairn-install\.txt/)

  appendFileSync(join(source, 'MLmodel'), '# another\n')
  const second = await build([...words, '-o', 'py-changed'], env)
  assert.deepEqual(built.layers.map(({ what, digest }) => [what, second.layers.some((other) => other.digest === digest)]), [['base', true], ['program', true], ['environment', true], ['model', false]])
})

test('an ONNX model brings ONNX Runtime for one processor, and no Python', async () => {
  const onnx = await makeModels('make-onnx-models.py', await pythonExtras('onnx==1.23.2', 'skl2onnx==1.20.0', 'onnxruntime==1.32.0', 'ml_dtypes==0.6.0', 'flatbuffers==25.12.19'))
  using _ = onnx
  const env = { CAIRN_ONNXRUNTIME: onnxRuntimeForTests() }
  const built = await build(['-m', join(onnx.folder, 'line'), '-o', 'onnx', '--base', 'plain'], env)
  assert.deepEqual(built.layers.map(({ what }) => what), ['base', 'program', 'environment', 'model'])
  const columns = readFileSync(join(onnx.folder, 'numbers.csv'), 'utf8').split('\n')[0]!.split(',')
  const row = columns.map((_name, index) => index / 4)
  const body = JSON.stringify({ dataframe_split: { columns, data: [row] } })
  await using container = await startImage(at('onnx'), 'latest', at('onnx-run'))
  const { status, text } = await post(`${container.url}/invocations`, body)
  assert.equal(status, 200, text)
  assert.equal(text, await answeredHere('line', body, { ...onnx, env: { ...onnx.env, ...env } }))
})

test('what cannot become an image is told before anything is written', async () => {
  const fails = async (words: readonly string[], expected: RegExp, env: NodeJS.ProcessEnv = {}): Promise<void> => {
    const { code, err } = await cairn(words, env)
    assert.notEqual(code, 0, words.join(' '))
    assert.match(err, expected)
    assert.doesNotMatch(err, /\n {4}at /)
  }
  const trees = ['-m', model('booster'), '-o', 'never']
  const foreign = ownArchitecture === 'amd64' ? 'arm64' : 'amd64'
  await fails([...trees, '--base', './nowhere'], /There is no OCI layout/)
  await fails([...trees, '--base', 'oci:node:other'], /has no image "other"; there is base/)
  await fails([...trees, '--base', 'node', '--platform', `linux/${foreign}`], new RegExp(`is for linux/${ownArchitecture}, not for linux/${foreign}`))
  writeBase(at('foreign'), at('plain-root'), { architecture: foreign })
  await fails([...trees, '--base', 'foreign', '--platform', `linux/${foreign}`], /its Node does not run in an image for/)
  mkdirSync(at('musl-root/lib'), { recursive: true })
  writeFileSync(at('musl-root/lib/ld-musl-x86_64.so.1'), '')
  writeBase(at('musl'), at('musl-root'))
  await fails([...trees, '--base', 'musl'], /musl/)
  await fails(['-m', model('custom'), '-o', 'never', '--base', 'node'], /has no Python 3\.\d+, which the model asks for; it has none[\s\S]*--base python:3/)
  await fails(['-m', model('custom'), '-o', 'never', '--base', 'node', '--env-manager', 'local'], /has no Python on its PATH/)
  await fails([...trees, '--base', 'node'], /SOURCE_DATE_EPOCH is "soon"/, { SOURCE_DATE_EPOCH: 'soon' })
  await fails(['-m', model('booster'), '-o', 'full', '--base', 'node'], /is not empty and no OCI layout/, (mkdirSync(at('full')), writeFileSync(at('full/precious'), ''), {}))
  // One byte of a layer, of the same length.
  cpSync(at('node'), at('damaged'), { recursive: true })
  const { manifests: [{ digest }] } = JSON.parse(readFileSync(at('damaged/index.json'), 'utf8')) as { manifests: [{ digest: string }] }
  const { layers: [layer] } = JSON.parse(readFileSync(at('damaged/blobs/sha256', digest.slice(7)), 'utf8')) as { layers: [{ digest: string }] }
  const place = at('damaged/blobs/sha256', layer.digest.slice(7))
  const bytes = readFileSync(place)
  bytes[bytes.length - 5]! ^= 1
  writeFileSync(place, bytes)
  await fails([...trees, '--base', 'damaged'], /damaged/)
  assert(!existsSync(at('never')))
  writeFileSync(at('damaged/blobs/sha256', digest.slice(7)), '{}')
  await fails([...trees, '--base', 'damaged'], /it is damaged or was changed/)
})
