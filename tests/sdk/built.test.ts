import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, symlink, mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { buildSdk } from '../../tools/build-sdk.ts'
import { startServerProcess, type ServerProcess } from '../crash/server-process.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)

/** A Node that the machine has by itself, as a user of the SDK would; else the pinned one. */
function someNode(): string {
  const found = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules')).map((folder) => join(folder, 'node')).find((path) => existsSync(path) && path !== process.execPath)
  return found ?? process.execPath
}

describe('the SDK as it is published', () => {
  let folder: string
  let server: ServerProcess
  before(async () => {
    await buildSdk()
    folder = await mkdtemp(join(tmpdir(), 'cairn-sdk-built-'))
    await mkdir(join(folder, 'node_modules/@cairn'), { recursive: true })
    await symlink(join(root, 'packages/sdk'), join(folder, 'node_modules/@cairn/sdk'))
    server = await startServerProcess(folder)
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  it('logs from a program of the Node that is on the PATH', async () => {
    await writeFile(join(folder, 'train.mjs'), `
      import { startRun, logMetric, logParam, endRun, CairnClient } from '@cairn/sdk/node'
      const run = await startRun({ runName: 'built' })
      logParam('lr', 0.1)
      for (let step = 0; step < 10; step += 1) logMetric('loss', 1 / (step + 1), { step })
      await endRun()
      const { info, data } = await new CairnClient({ url: process.env.MLFLOW_TRACKING_URI }).runs.get(run.id)
      console.log(JSON.stringify([process.versions.node, info.status, data.metrics[0].step]))
    `)
    const node = someNode()
    const { stdout } = await run(node, ['train.mjs'], { cwd: folder, env: { ...process.env, MLFLOW_TRACKING_URI: server.url, NODE_OPTIONS: '' } })
    const [version, status, step] = JSON.parse(stdout) as [string, string, number]
    assert.ok(Number(version.split('.')[0]) >= 20)
    assert.deepEqual([status, step], ['FINISHED', 9])
  })

  it('logs an ONNX model and makes it a version', async () => {
    await writeFile(join(folder, 'log.mjs'), `
      import { CairnClient, logOnnxModel } from '@cairn/sdk'
      const client = new CairnClient({ url: process.env.MLFLOW_TRACKING_URI })
      const { info: { run_id } } = await client.runs.create({ experiment_id: '0' })
      const logged = await logOnnxModel(client, run_id, {
        graph: new Uint8Array([8, 9]), name: 'pictures', registeredModelName: 'pictures',
        signature: { inputs: { kind: 'tensors', tensors: [{ type: 'tensor', 'tensor-spec': { dtype: 'float32', shape: [-1, 3] } }] } },
      })
      const { info } = await client.loggedModels.get(logged.modelId)
      const text = await (await client.artifacts.downloadUri(info.artifact_uri, 'MLmodel')).text()
      console.log(JSON.stringify([logged.uri === 'models:/' + info.model_id, logged.version, info.name, info.status, text.includes('signature:')]))
    `)
    const { stdout } = await run(someNode(), ['log.mjs'], { cwd: folder, env: { ...process.env, MLFLOW_TRACKING_URI: server.url, NODE_OPTIONS: '' } })
    assert.deepEqual(JSON.parse(stdout), [true, '1', 'pictures', 'LOGGED_MODEL_READY', true])
  })

  it('runs in a browser: nothing of Node is in it', async () => {
    const { outputFiles } = await build({ entryPoints: [join(root, 'packages/sdk/dist/index.js')], bundle: true, platform: 'browser', format: 'esm', write: false, logLevel: 'silent', external: ['typebox/*'] })
    assert.doesNotMatch(outputFiles[0]!.text, /from\s*["']node:/)
  })

  it('brings its types', async () => {
    assert.match(await readFile(join(root, 'packages/sdk/dist/types/sdk/src/index.d.ts'), 'utf8'), /CairnClient/)
    await writeFile(join(folder, 'use.ts'), `import { CairnClient } from '@cairn/sdk'\nconst client = new CairnClient({ url: 'http://localhost' })\nexport const name: Promise<string> = client.experiments.get('0').then((experiment) => experiment.name)\n`)
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '--strict', '--module', 'nodenext', '--target', 'esnext', '--skipLibCheck', 'use.ts'], { cwd: folder })
  })
})
