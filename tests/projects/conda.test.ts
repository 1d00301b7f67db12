/** Projects with a conda_env: packages of a channel that lies here, solved and installed as micromamba would. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { RunOutcome } from '@cairn/runner'
import { CairnClient } from '@cairn/sdk'
import { startCommandLine, type CommandLine } from '../../packages/cli/src/testing.ts'
import { pythonForTests } from '../../tools/setup-python.ts'
import { pythonExtras } from '../serving/python-extras.ts'
import { scratch } from './scratch.ts'

const { folder, write } = scratch('cairn-conda-')
const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
let line: CommandLine
let client: CairnClient
let env: NodeJS.ProcessEnv
/** The channel with these versions of the package. */
let channel: (...versions: string[]) => void
before(async () => {
  line = await startCommandLine()
  client = new CairnClient({ url: line.url })
  const python = await pythonForTests()
  channel = (...versions) => { execFileSync(python, [script('conda-channel.py'), join(folder, 'channel'), ...versions]) }
  channel('1.0', '2.0')
  chmodSync(write('bin/micromamba', `#!/bin/sh\nPYTHONPATH='${await pythonExtras('py-rattler==0.28.0')}' exec '${python}' '${script('micromamba.py')}' "$@"\n`), 0o755)
  env = { ...process.env, PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`, MLFLOW_CONDA_HOME: '', MLFLOW_TRACKING_URI: line.url, CAIRN_QUEUE_DIR: join(folder, 'queue'), CAIRN_ENV_DIR: join(folder, 'envs') }
  write('p/MLproject', 'conda_env: conda.yaml\nentry_points: {main: {command: "echo $GREETING in $MODE; cat $CONDA_PREFIX/share/greeting.txt; which python"}}')
  write('p/conda.yaml', `channels: ["file://${folder}/channel"]\ndependencies: [python, greeting>=1]\nvariables: {MODE: "two words"}\n`)
})
after(async () => {
  await line?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

async function cairn(...words: string[]) {
  const { code, out, err } = await line.cairn([...words, '--no-system-metrics', '--json'], { env, cwd: folder })
  assert.equal(code, 0, err)
  const { run_id } = JSON.parse(out) as RunOutcome
  const file = async (name: string): Promise<string> => (await client.artifacts.download(run_id, name)).text()
  return { run_id, err, log: await file('console.log'), lock: await file('reproduce/environment.lock') }
}

test('a conda project runs in its environment, activated, which is made once and made again as it was', async () => {
  const first = await cairn('run', 'p')
  assert.match(first.log, /hello 2\.0 in two words\ngreeting 2\.0\n\S+\/envs\/\S+\/bin\/python$/m)
  assert.match(first.lock, /^# conda\n@EXPLICIT\nfile:\/\/\S+\/noarch\/greeting-2\.0-0\.tar\.bz2#[0-9a-f]{32}\nfile:\/\/\S+\/linux-\w+\/python-3\.\S+#[0-9a-f]{32}\n# pip\n/)
  const { data } = await client.runs.get(first.run_id)
  assert.equal(data.tags?.find(({ key }) => key === 'mlflow.project.env')?.value, 'conda')
  const again = await cairn('run', 'p')
  assert.doesNotMatch(again.err, /Building an environment/)
  assert.match(again.log, /hello 2\.0/)

  // What the file means today is another package; what ran is in the record.
  channel('1.0', '2.0', '3.0')
  rmSync(join(folder, 'envs'), { recursive: true })
  assert.match((await cairn('rerun', first.run_id)).log, /hello 2\.0 [^]*greeting 2\.0/)
  rmSync(join(folder, 'envs'), { recursive: true })
  assert.match((await cairn('run', 'p')).log, /hello 3\.0/)
})

test('what cannot be solved is told with what the solver said', async () => {
  write('none/MLproject', 'conda_env: conda.yaml\nentry_points: {main: {command: "true"}}')
  write('none/conda.yaml', `channels: ["file://${folder}/channel"]\ndependencies: [python, greeting>=9]\n`)
  const { code, err } = await line.cairn(['run', 'none'], { env, cwd: folder })
  assert.equal(code, 1)
  assert.match(err, /micromamba could not build the environment[^]*greeting[^]*A package is in none of the channels in this version/)
})
