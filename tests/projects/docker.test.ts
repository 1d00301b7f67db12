/** Docker projects, with a stand-in for the engine that notes how it is called. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, test } from 'node:test'
import type { RerunOutcome, RunOutcome } from '@cairn/runner'
import { CairnClient } from '@cairn/sdk'
import { startCommandLine, type CommandLine } from '../../packages/cli/src/testing.ts'
import { standInEngine, type StandIn } from './stand-in-engine.ts'
import { scratch } from './scratch.ts'

const { folder, write } = scratch('cairn-docker-')
let line: CommandLine
let client: CairnClient
let engine: StandIn
let env: NodeJS.ProcessEnv
before(async () => {
  line = await startCommandLine()
  client = new CairnClient({ url: line.url, retries: 1 })
  engine = standInEngine(folder)
  env = { ...process.env, PATH: `${engine.bin}:${process.env['PATH']}`, MLFLOW_TRACKING_URI: line.url, CAIRN_QUEUE_DIR: join(folder, 'queue'), FROM_HERE: 'taken over', MLFLOW_TRACKING_TOKEN: '' }
  write('p/MLproject', `
name: boxed
docker_env:
  image: here:1
  volumes: ["/data:/data:ro"]
  environment: [[SET, "a b"], FROM_HERE]
entry_points:
  main: {parameters: {alpha: float}, command: "python train.py --alpha {alpha}"}
  shell: {command: "echo one && echo two"}
  sleep: {command: "sleep 100"}
  stubborn: {command: "stubborn"}
  fail: {command: "exit7"}
`)
})
after(async () => {
  await line?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

async function cairn(...words: string[]) {
  const before = engine.calls().length
  const { code, out, err } = await line.cairn(['run', ...words, '--json'], { env, cwd: folder })
  return { code, err, outcome: code === 0 ? JSON.parse(out) as RunOutcome : undefined, calls: engine.calls().slice(before) }
}
const tags = async (id: string) => Object.fromEntries(((await client.runs.get(id)).data.tags ?? []).map(({ key, value }) => [key, value]))

test('a docker project runs in its image, with its volumes, variables and arguments', async () => {
  const { code, err, outcome, calls } = await cairn('p', '-P', "alpha=it's", '-A', 'gpus=all', '-A', 't', '-A', 'network=host')
  assert.equal(code, 0, err)
  const id = outcome!.run_id
  assert.deepEqual(calls, [
    ['info'], ['image', 'inspect', 'here:1'], ['image', 'inspect', '--format', '{{.Id}}', 'here:1'],
    ['run', '--rm', '--name', `cairn-${id}`, '--gpus', 'all', '-t', '--network', 'host', '-v', '/data:/data:ro',
      '-e', `MLFLOW_RUN_ID=${id}`, '-e', `MLFLOW_TRACKING_URI=${line.url}`, '-e', 'MLFLOW_EXPERIMENT_ID=0', '-e', 'MLFLOW_TRACKING_TOKEN=', '-e', 'SET=a b', '-e', 'FROM_HERE=taken over',
      'here:1', 'python', 'train.py', '--alpha', "it's"],
  ])
  const said = await tags(id)
  assert.deepEqual([said['mlflow.project.env'], said['mlflow.docker.image.uri'], said['mlflow.docker.image.id']], ['docker', 'here:1', 'sha256:1d'])
  assert.match(await (await client.artifacts.download(id, 'console.log')).text(), /^inside$/m)

  const again = await line.cairn(['rerun', id, '--json'], { env, cwd: folder })
  assert.equal(again.code, 0, again.err)
  const { run_id, differences } = JSON.parse(again.out) as RerunOutcome
  assert.deepEqual(differences, [])
  assert.deepEqual(engine.calls().at(-1)!.map((word) => word.replaceAll(run_id, id)), calls.at(-1))
})

test('a command that needs a shell gets one inside the container', async () => {
  const { calls } = await cairn('p', '-e', 'shell', '-A', 'network=host')
  assert.deepEqual(calls.at(-1)!.slice(-4), ['here:1', 'sh', '-c', 'echo one && echo two'])
})

test('an image of the project’s own is built from its files', async () => {
  const { code, err, calls, outcome } = await cairn('p', '-P', 'alpha=1', '--build-image')
  assert.equal(code, 0, err)
  assert.deepEqual(calls[1]!.slice(0, -1), ['build', '--force-rm', '--tag', 'boxed'])
  assert.equal(readFileSync(join(folder, 'context/Dockerfile'), 'utf8'), 'FROM here:1\nCOPY mlflow-project-contents/ /mlflow/projects/code/\nWORKDIR /mlflow/projects/code/\n')
  assert.match(readFileSync(join(folder, 'context/mlflow-project-contents/MLproject'), 'utf8'), /name: boxed/)
  assert.equal(calls.at(-1)!.includes('boxed'), true)
  assert.equal((await tags(outcome!.run_id))['mlflow.docker.image.uri'], 'boxed')
  assert.match(err, /the tracking server’s address means the container itself/)
})

test('what the engine refuses, a missing variable and a missing engine are told', async () => {
  write('gone/MLproject', 'name: gone\ndocker_env: {image: "missing:1"}\nentry_points: {main: {command: "true"}}')
  const pull = await cairn('gone')
  assert.equal(pull.code, 1)
  assert.match(pull.err, /The image missing:1 cannot be pulled:\\nmanifest unknown/)
  write('vars/MLproject', 'name: vars\ndocker_env: {image: "here:1", environment: [NOT_SET]}\nentry_points: {main: {command: "true"}}')
  assert.match((await cairn('vars')).err, /expects the NOT_SET environment variables to be set/)
  write('nameless/MLproject', 'docker_env: {image: "here:1"}\nentry_points: {main: {command: "true"}}')
  assert.match((await cairn('nameless')).err, /Project name in MLProject must be specified/)
  const { code, err } = await line.cairn(['run', 'p', '-P', 'alpha=1'], { env: { ...env, PATH: `${dirname(process.execPath)}:/nowhere` }, cwd: folder })
  assert.equal(code, 1)
  assert.match(err, /Could not find Docker executable/)
})

/** Starts an entry point; answers how to send it signals, and how it ended. */
async function start(entry: string) {
  const takers: ((signal: NodeJS.Signals) => void)[] = []
  const ended = line.cairn(['run', 'p', '-e', entry], {
    env, cwd: folder, takeSignals: (take) => {
      takers.push(take)
      return { [Symbol.dispose]: () => {} }
    },
  })
  const running = () => engine.calls().some((call) => call[0] === 'run' && call.at(-1) === entry || call.at(-2) === entry)
  for (const deadline = Date.now() + 10_000; !running(); await sleep(50)) assert(Date.now() < deadline)
  await sleep(200)
  return { signal: (): void => takers.at(-1)!('SIGINT'), ended }
}

test('an interrupt is passed on to the container, a second one kills it by its name', async () => {
  const gentle = await start('sleep')
  gentle.signal()
  assert.equal((await gentle.ended).code, 130)
  const stubborn = await start('stubborn')
  stubborn.signal()
  await sleep(300)
  stubborn.signal()
  assert.equal((await stubborn.ended).code, 130)
  const [verb, name] = engine.calls().find(([first]) => first === 'kill')!
  assert.deepEqual([verb, /^cairn-\w{32}$/.test(name!)], ['kill', true])
  assert.match((await cairn('p', '-e', 'fail')).err, /exit status 7/)
})

test('Podman takes Docker’s place', async () => {
  const podman = standInEngine(folder, 'podman')
  const { code, err } = await line.cairn(['run', 'p', '-P', 'alpha=1'], { env: { ...env, CAIRN_CONTAINER_ENGINE: join(podman.bin, 'podman') }, cwd: folder })
  assert.equal(code, 0, err)
  assert.equal(podman.calls().at(-1)![0], 'run')
})
