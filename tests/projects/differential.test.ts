/** The same projects by `mlflow.projects.run` and by `cairn run`, against one server: the runs are equal. */
import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, test } from 'node:test'
import { createExperiment, createRun, getExperimentByName, searchRuns, type Run } from '@cairn/protocol'
import { startCommandLine, type CommandLine } from '../../packages/cli/src/testing.ts'
import { pythonForTests } from '../../tools/setup-python.ts'

const folder = mkdtempSync(join(tmpdir(), 'cairn-projects-'))
let line: CommandLine
let env: NodeJS.ProcessEnv
let python: string
let daemon: ChildProcess
let gitPort: number

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
const git = (cwd: string, ...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main', '-c', 'protocol.file.allow=always', ...args], { cwd: join(folder, cwd), encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout.trim()
}

before(async () => {
  python = await pythonForTests()
  line = await startCommandLine()
  // The project's `python` is the one that has mlflow.
  env = { ...process.env, PATH: `${dirname(python)}:${process.env['PATH']}`, MLFLOW_TRACKING_URI: line.url, MLFLOW_DISABLE_TELEMETRY: 'true', SHELL: '/bin/bash', CAIRN_QUEUE_DIR: join(folder, 'queue') }
  write('plain/MLproject', `
name: plain
entry_points:
  main:
    parameters:
      alpha: {type: float, default: 0.10}
      tiny: {type: float, default: 1e-3}
      flag: {default: yes}
      many: {type: string, default: 1_000}
      old: {default: 010}
      text: {type: string, default: it's "here"}
      day: {default: 2024-01-02}
      words: string
    command: "test {alpha} != {words} && echo {{braces}} {text:>4} {tiny}"
  fail:
    command: "exit 3"
  path:
    parameters: {data: path, where: {type: uri, default: "s3://bucket/x"}}
    command: "cat {data} > /dev/null && echo {where}"
  ends:
    parameters: {bad: {type: float, default: 0}}
    command: "python ends.py {bad}"
`)
  write('plain/ends.py', 'import sys, mlflow\nwith mlflow.start_run():\n    mlflow.log_param("seen", 1)\n    mlflow.log_metric("m", 1)\n    assert sys.argv[1] == "0"\n')
  write('script/train.py', 'import sys\nprint(sys.argv)\n')
  write('script/train.sh', 'echo "$@"\n')
  write('two/MLproject', 'python_env: a.yaml\nconda_env: b.yaml\n')
  write('noenv/MLproject', 'python_env: missing.yaml\n')
  write('docker/MLproject', 'docker_env: {volumes: [a]}\n')
  write('repo/sub/MLproject', 'entry_points: {main: {command: "echo in git"}}\n')
  write('repo/top.sh', 'echo top\n')
  git('.', 'init', '-q', 'repo')
  git('repo', 'add', '.')
  git('repo', 'commit', '-qm', 'one')
  git('repo', 'tag', 'v1')
  git('repo', 'branch', 'other')
  git('repo', 'remote', 'add', 'origin', 'https://me:secret@example.org/team/repo.git')
  git('.', 'clone', '-q', '--bare', 'repo', 'served/repo.git')
  assert.equal(spawnSync(python, ['-c', 'import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED)\nz.writestr("sub/MLproject", "entry_points: {main: {command: echo zipped}}")', join(folder, 'p.zip')]).status, 0)

  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  gitPort = (probe.address() as AddressInfo).port
  probe.close()
  daemon = spawn('git', ['daemon', '--reuseaddr', '--export-all', '--listen=127.0.0.1', `--port=${gitPort}`, `--base-path=${join(folder, 'served')}`], { stdio: 'ignore', detached: true })
  for (let tries = 0; spawnSync('git', ['ls-remote', `git://127.0.0.1:${gitPort}/repo.git`]).status !== 0; tries += 1) {
    assert(tries < 50, 'git daemon does not answer')
    await sleep(100)
  }
})
after(async () => {
  if (daemon?.pid !== undefined) process.kill(-daemon.pid)
  await line?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

interface Case {
  readonly name: string
  readonly uri: string
  readonly entry_point?: string
  readonly version?: string
  readonly parameters?: Record<string, string>
  readonly run_name?: string
  /** Whether a run is there already, which is to be used. */
  readonly given?: true
}

/** What a run says of itself, without what no two runs share. */
function facts({ info, data }: Run): unknown {
  const tags = Object.fromEntries((data.tags ?? []).flatMap(({ key, value }) => (key.startsWith('cairn.') || key === 'mlflow.runName' ? [] : [[key, value]])))
  return { status: info.status, params: Object.fromEntries((data.params ?? []).map(({ key, value }) => [key, value])), tags, metrics: (data.metrics ?? []).filter(({ key }) => !key.startsWith('system/')).map(({ key, value }) => [key, value]) }
}

/** Python writes a set in any order. */
const unordered = (text: string): string => text.replace(/\{('.*?')\}/g, (_all, inside: string) => inside.split(', ').toSorted().join(', '))

async function runsOf(name: string): Promise<Run[]> {
  const found = await fetch(`${line.url}/api/2.0/mlflow${getExperimentByName.path}?experiment_name=${encodeURIComponent(name)}`)
  if (found.status === 404) return []
  const { experiment } = await found.json() as { experiment: { experiment_id: string } }
  const { runs = [] } = await line.api(searchRuns, { experiment_ids: [experiment.experiment_id] })
  return runs as Run[]
}

test('a project leaves the same run behind, whichever of the two ran it', async () => {
  const at = (path: string): string => join(folder, path)
  const remote = `git://127.0.0.1:${gitPort}/repo.git`
  const cases: Case[] = [
    { name: 'params', uri: at('plain'), parameters: { words: 'two words', more: 'x y' }, run_name: 'named' },
    { name: 'all given', uri: at('plain'), parameters: { words: "it's", alpha: '0.50', text: '$HOME', flag: '' } },
    { name: 'given run', uri: at('plain'), parameters: { words: 'x' }, given: true },
    { name: 'failing', uri: at('plain'), entry_point: 'fail' },
    { name: 'path', uri: at('plain'), entry_point: 'path', parameters: { data: at('plain/MLproject') } },
    { name: 'ended by itself', uri: at('plain'), entry_point: 'ends' },
    { name: 'failed by itself', uri: at('plain'), entry_point: 'ends', parameters: { bad: '1' } },
    { name: 'python script', uri: at('script'), entry_point: 'train.py', parameters: { lr: '0.1' } },
    { name: 'shell script', uri: at('script'), entry_point: 'train.sh' },
    { name: 'folder of a repository', uri: at('repo/sub') },
    { name: 'repository in place', uri: at('repo'), entry_point: 'top.sh' },
    { name: 'folder of a folder', uri: `${at('repo')}#sub` },
    { name: 'remote', uri: `${remote}#sub` },
    { name: 'remote branch', uri: remote, version: 'other', entry_point: 'top.sh' },
    { name: 'remote tag', uri: `${remote}#sub`, version: 'v1' },
    { name: 'remote commit', uri: `${remote}#sub`, version: git('repo', 'rev-parse', 'HEAD') },
    { name: 'zip', uri: `${at('p.zip')}#sub` },
    { name: 'missing parameter', uri: at('plain') },
    { name: 'unknown entry point', uri: at('plain'), entry_point: 'other' },
    { name: 'two environments', uri: at('two') },
    { name: 'no environment file', uri: at('noenv') },
    { name: 'no image', uri: at('docker') },
    { name: 'no such subfolder', uri: `${at('repo')}#none` },
    { name: 'dots in a subfolder', uri: `${at('repo')}#../x` },
    { name: 'version of a folder', uri: at('plain'), version: 'main', parameters: { words: 'x' } },
  ]
  const [input, output] = [at('cases.json'), at('errors.json')]
  const givenRun = async (experiment: string): Promise<string> => {
    const { experiment_id } = await line.api(createExperiment, { name: experiment })
    return (await line.api(createRun, { experiment_id, tags: [{ key: 'own', value: 'kept' }] })).run.info.run_id
  }
  const runIds = { mlflow: await givenRun('mlflow given run'), cairn: await givenRun('cairn given run') }
  writeFileSync(input, JSON.stringify(cases.map(({ name, given, ...one }) => ({ ...one, experiment_name: `mlflow ${name}`, env_manager: 'local', ...(given === true && { run_id: runIds.mlflow }) }))))
  // One process for all: importing mlflow takes longer than all the rest.
  const theirs = spawn(python, [join(import.meta.dirname, 'mlflow-runs.py'), input, output], { env, cwd: folder, stdio: 'ignore' })
  const theirEnd = once(theirs, 'exit')
  const mine: string[] = []
  for (const { name, uri, entry_point, version, parameters = {}, run_name, given } of cases) {
    const words = ['run', uri, '--env-manager', 'local', '--experiment-name', `cairn ${name}`, ...Object.entries(parameters).flatMap(([key, value]) => ['-P', `${key}=${value}`])]
    if (entry_point !== undefined) words.push('--entry-point', entry_point)
    if (version !== undefined) words.push('--version', version)
    if (run_name !== undefined) words.push('--run-name', run_name)
    if (given === true) words.push('--run-id', runIds.cairn)
    const { code, err } = await line.cairn(words, { env, cwd: folder })
    mine.push(code === 0 ? '' : err)
  }
  assert.deepEqual(await theirEnd, [0, null])
  const errors = JSON.parse(readFileSync(output, 'utf8')) as (string | null)[]
  for (const [index, { name, run_name }] of cases.entries()) {
    assert.equal(mine[index] === '', errors[index] === null, `${name}: ${mine[index]} / ${errors[index]}`)
    const [our, their] = [await runsOf(`cairn ${name}`), await runsOf(`mlflow ${name}`)]
    assert.deepEqual(our.map(facts), their.map(facts), name)
    if (run_name !== undefined) assert.equal(our[0]!.info.run_name, run_name)
    // What is refused before there is a run is refused in MLflow's words.
    if (their.length === 0) assert(unordered(mine[index]!).includes(unordered(errors[index]!)), `${name}: ${mine[index]} does not say: ${errors[index]}`)
  }
})
