/** The churn example as a colleague gets it: one command, a git address, an environment built from nothing. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { interpreterAt } from '@cairn/environments'
import type { RunOutcome, RunRecord } from '@cairn/runner'
import { CairnClient } from '@cairn/sdk'
import { startCommandLine } from '../../packages/cli/src/testing.ts'
import { pythonForTests } from '../../tools/setup-python.ts'

const folder = mkdtempSync(join(tmpdir(), 'cairn-churn-'))
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
const git = (...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main', ...args], { cwd: folder, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout.trim()
}

test('cairn run trains the churn example from a git URL in a fresh environment', async () => {
  await using line = await startCommandLine()
  mkdirSync(join(folder, 'examples'))
  cpSync(fileURLToPath(new URL('../../examples/churn', import.meta.url)), join(folder, 'examples/churn'), { recursive: true })
  // This machine's Python instead of the example's, so that the test needs no second one; the packages stay.
  const { version } = (await interpreterAt(await pythonForTests(), process.env))!
  const file = join(folder, 'examples/churn/python_env.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^python: .*$/m, `python: "${version}"`))
  git('init', '-q')
  git('add', '.')
  git('commit', '-qm', 'The churn example')
  git('clone', '-q', '--bare', '.', 'team.git')

  const env = { ...process.env, MLFLOW_TRACKING_URI: line.url, MLFLOW_DISABLE_TELEMETRY: 'true', CAIRN_QUEUE_DIR: join(folder, 'queue'), CAIRN_ENV_DIR: join(folder, 'envs'), PYTHONDONTWRITEBYTECODE: '' }
  const words = ['run', `file://${folder}/team.git#examples/churn`, '--experiment-name', 'churn', '-P', 'every=12', '-P', 'threads=1', '--json']
  const { code, out, err } = await line.cairn(words, { env, cwd: folder })
  assert.equal(code, 0, err.slice(-4000))
  const outcome = JSON.parse(out) as RunOutcome

  const client = new CairnClient({ url: line.url })
  const { info, data } = await client.runs.get(outcome.run_id)
  const tags = Object.fromEntries((data.tags ?? []).map(({ key, value }) => [key, value]))
  assert.equal(info.status, 'FINISHED')
  assert.deepEqual([tags['mlflow.project.env'], tags['mlflow.project.entryPoint'], tags['mlflow.source.git.commit']], ['virtualenv', 'main', git('rev-parse', 'HEAD')])
  assert.deepEqual((data.params ?? []).map(({ key, value }) => `${key}=${value}`).toSorted(), ['data=telco-churn.csv', 'every=12', 'model_name=churn', 'seed=7', 'threads=1'])
  const auc = data.metrics?.find(({ key }) => key === 'holdout_roc_auc')?.value
  assert(Number(auc) > 0.8 && Number(auc) < 0.9, `ROC-AUC ${auc}`)

  // Three families below the project's run, their grid points below them, and the best one registered.
  const children = await Array.fromAsync(client.runs.search({ experiment_ids: [info.experiment_id], filter: `tags.mlflow.parentRunId = '${outcome.run_id}'` }))
  assert.deepEqual(children.map((child) => child.info.run_name).toSorted(), ['logistic-regression', 'random-forest', 'xgboost'])
  const champion = await client.models.getVersionByAlias('churn', 'champion')
  assert(children.some((child) => child.info.run_id === champion.run_id))

  const record = await (await client.artifacts.download(outcome.run_id, 'reproduce/record.json')).json() as RunRecord
  assert.deepEqual([record.source.kind, record.source.dirty, record.seed, record.environment.python, record.data.map(({ parameter }) => parameter)], ['git', false, '7', version, ['data']])
  const lock = await (await client.artifacts.download(outcome.run_id, 'reproduce/environment.lock')).text()
  assert.match(lock, /^mlflow==3\.17\.2 --hash=sha256:/m)
  assert.match(await (await client.artifacts.download(outcome.run_id, 'console.log')).text(), /is now churn version 1, alias champion/)
})
