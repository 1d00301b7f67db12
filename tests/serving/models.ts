import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { folderDigest } from '../../packages/serving/src/models/fetch-model.ts'
import { loadModel, type LoadOptions, type ServedModel } from '../../packages/serving/src/server/served-model.ts'
import { pythonForTests } from '../../tools/setup-python.ts'
import { once } from './python-extras.ts'
import { freePort } from '../../tools/processes.ts'

export interface TestModels extends Disposable {
  readonly folder: string
  readonly python: string
  /** The environment variables with the tests' Python first on the PATH. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Saves the models of make-models.py, or of another script, with more packages on its path. */
export async function makeModels(script = 'make-models.py', extras?: string): Promise<TestModels> {
  const python = await pythonForTests()
  const file = fileURLToPath(new URL(script, import.meta.url))
  const path = extras === undefined ? {} : { PYTHONPATH: extras }
  // Trained once for all test files and runs; each gets a copy that it may spoil.
  const digest = createHash('sha256').update(`${readFileSync(file, 'utf8')} ${python} ${extras ?? ''}`).digest('hex').slice(0, 12)
  const trained = once(`serving-models-${digest}`, (partial) => {
    execFileSync(python, [file, partial], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...path } })
  })
  const folder = mkdtempSync(join(tmpdir(), 'cairn-serving-'))
  cpSync(trained, folder, { recursive: true })
  return {
    folder, python, env: { ...process.env, ...path, PATH: `${dirname(python)}:${process.env['PATH'] ?? ''}` },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

/** A model of make-models.py, served by the tests' own Python. */
export async function serve(models: TestModels, name: string, options: Partial<LoadOptions> = {}): Promise<ServedModel> {
  const folder = join(models.folder, name)
  return loadModel(name, { uri: folder, folder, digest: await folderDigest(folder), version: undefined }, {
    envManager: 'local', env: models.env, workers: 1, maxQueue: 1000, maxBatchRows: 256, deadlineMs: 20_000, say: () => {}, ...options,
  })
}

/** `mlflow models serve` on a free port, as its own processes. */
export async function startMlflow(models: TestModels, name: string): Promise<{ url: string } & AsyncDisposable> {
  const port = await freePort()
  const child = spawn(models.python, ['-m', 'uvicorn', '--host', '127.0.0.1', '--port', String(port), '--log-level', 'error', 'mlflow.pyfunc.scoring_server.app:app'], {
    env: { ...models.env, __pyfunc_model_path__: join(models.folder, name) } as NodeJS.ProcessEnv, stdio: ['ignore', 'ignore', 'ignore'],
  })
  const url = `http://127.0.0.1:${port}`
  for (let time = 0; ; time++) {
    if (await fetch(`${url}/ping`).then(({ ok }) => ok, () => false)) break
    if (time > 300 || child.exitCode !== null) throw new Error('mlflow models serve did not start')
    await sleep(100)
  }
  return {
    url,
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('close', resolve))
      child.kill('SIGKILL')
      await ended
    },
  }
}

export interface Reply {
  readonly status: number
  readonly type: string | null
  readonly text: string
  readonly headers: Headers
}

export async function post(url: string, body: unknown, type: string | null = 'application/json'): Promise<Reply> {
  const response = await fetch(url, {
    method: 'POST', body: typeof body === 'string' || body instanceof Uint8Array ? body as never : JSON.stringify(body), headers: type === null ? {} : { 'content-type': type },
  })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text(), headers: response.headers }
}
