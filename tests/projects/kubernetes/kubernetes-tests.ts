import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, test } from 'node:test'
import { CairnClient } from '@cairn/sdk'
import { startCommandLine, type CommandLine } from '../../../packages/cli/src/testing.ts'
import { standInEngine, type StandIn } from '../stand-in-engine.ts'
import type { ApiServer } from './api-server.ts'
import { jobProblems } from './schema.ts'
import { scratch } from '../scratch.ts'

/** The kubernetes backend: its manifests against the schema, its requests against the API server that `startApi` gives. */
export function kubernetesTests(startApi: () => Promise<ApiServer>): void {
  const { folder, write } = scratch('cairn-kubernetes-')
  let line: CommandLine
  let client: CairnClient
  let api: ApiServer
  let engine: StandIn
  let env: NodeJS.ProcessEnv
  before(async () => {
    line = await startCommandLine()
    client = new CairnClient({ url: line.url, retries: 1 })
    api = await startApi()
    engine = standInEngine(folder)
    env = { ...process.env, PATH: `${engine.bin}:${process.env['PATH']}`, MLFLOW_TRACKING_URI: line.url, CAIRN_QUEUE_DIR: join(folder, 'queue'), KUBECONFIG: join(folder, 'kubeconfig'), KUBE_MLFLOW_TRACKING_URI: 'http://cairn.mlops:5000', MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL: '0.2' }
    // Kubernetes' client reads the variable of the process.
    process.env['KUBECONFIG'] = join(folder, 'kubeconfig')
    write('kubeconfig', `
apiVersion: v1
kind: Config
current-context: test
clusters: [{name: c, cluster: {server: "${api.url}", insecure-skip-tls-verify: true}}]
users: [{name: u, user: {token: secret}}]
contexts: [{name: test, context: {cluster: c, user: u, namespace: team}}]
`)
    write('job.yaml', `
apiVersion: batch/v1
kind: Job
metadata: {labels: {team: ml}}
spec:
  ttlSecondsAfterFinished: 100
  template:
    spec:
      containers:
        - name: replaced
          image: replaced
          env: [{name: KEPT, value: "1"}]
          resources: {limits: {cpu: 2, memory: 512Mi}}
        - {name: sidecar, image: "busybox:1"}
      restartPolicy: Never
`)
    write('p/MLproject', 'name: My_Project.v2\ndocker_env: {image: "registry.example.org/base:1"}\nentry_points: {main: {parameters: {alpha: float}, command: "python train.py {alpha}"}}')
  })
  after(async () => {
    await line?.[Symbol.asyncDispose]()
    await api?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  })

  /** Starts a run; answers its job's name once the API server has it. */
  async function start(...words: string[]) {
    const known = new Set(api.jobs.keys())
    const takers: ((signal: NodeJS.Signals) => void)[] = []
    const started = { err: '', signal: (): void => takers.at(-1)!('SIGINT'), ended: Promise.resolve({ code: -1, out: '', err: '' }) }
    started.ended = line.cairn(['run', 'p', '-P', 'alpha=0.5', '--backend', 'kubernetes', '--backend-config', JSON.stringify({ 'repository-uri': 'registry.example.org/team/p', 'kube-job-template-path': 'job.yaml', 'poll-seconds': 0.1 }), ...words], {
      env, cwd: folder, warn: (text) => { started.err += text }, takeSignals: (take) => {
        takers.push(take)
        return { [Symbol.dispose]: () => {} }
      },
    })
    const fresh = (): string | undefined => [...api.jobs.keys()].find((name) => !known.has(name))
    for (const deadline = Date.now() + 15_000; fresh() === undefined; await sleep(20)) assert(Date.now() < deadline, started.err)
    return { ...started, text: () => started.err, job: fresh()!, play: api.play(fresh()!) }
  }
  const until = async (check: () => Promise<boolean> | boolean): Promise<void> => {
    for (const deadline = Date.now() + 10_000; !await check(); await sleep(30)) assert(Date.now() < deadline)
  }
  const latest = async () => {
    const { info, data } = (await client.runs.searchPage({ experiment_ids: ['0'], max_results: 1 })).items[0]!
    return { info, tags: Object.fromEntries((data.tags ?? []).map(({ key, value }) => [key, value])) }
  }

  test('the schema knows what a job is, and names what is none', () => {
    assert.deepEqual(jobProblems({ apiVersion: 'batch/v1', kind: 'Job', spec: { template: { spec: { containers: [{ name: 'a' }] } } } }), [])
    assert.deepEqual(jobProblems({ spec: { backoffLimit: '3', template: { spec: { containers: [{ nam: 'a' }] } }, completion: 1 } }), [
      'job.spec.backoffLimit: is no whole number', 'job.spec.template.spec.containers[0].name: is missing', 'job.spec.template.spec.containers[0].nam: unknown field', 'job.spec.completion: unknown field',
    ])
  })

  test('a project is a job made from the template, followed with its log to its end', async () => {
    const { ended, job, play, text } = await start()
    const { info } = await latest()
    const manifest = api.jobs.get(job)!
    assert.match(job, /^my-project-v2-\d{14}-\w{6}$/)
    assert.deepEqual(jobProblems({ ...manifest, status: undefined, metadata: { ...manifest.metadata, uid: undefined } }).filter((problem) => !/uid|status/.test(problem)), [])
    assert.deepEqual([manifest.metadata?.namespace, manifest.metadata?.labels?.['team'], manifest.spec?.backoffLimit, manifest.spec?.ttlSecondsAfterFinished], ['team', 'ml', 0, 100])
    const [container, sidecar] = manifest.spec!.template.spec!.containers as [{ name: string; image: string; command: string[]; env: unknown[] }, { name: string }]
    assert.deepEqual([container.name, container.image, container.command, sidecar.name], ['my-project-v2', 'registry.example.org/base:1', ['python', 'train.py', '0.5'], 'sidecar'])
    assert.deepEqual(container.env, [
      { name: 'KEPT', value: '1' }, { name: 'MLFLOW_RUN_ID', value: info.run_id }, { name: 'MLFLOW_TRACKING_URI', value: 'http://cairn.mlops:5000' }, { name: 'MLFLOW_EXPERIMENT_ID', value: '0' },
    ])
    await until(async () => (await latest()).info.status === 'SCHEDULED')
    play.waits('ErrImagePull', 'not there yet')
    await until(() => text().includes('waits: ErrImagePull: not there yet.'))
    play.starts()
    play.writes('one\n')
    await until(async () => (await latest()).info.status === 'RUNNING')
    play.writes('two\n')
    api.away = true
    await sleep(300)
    api.away = false
    play.writes('three\n')
    play.ends(0)
    assert.equal((await ended).code, 0)
    const done = await latest()
    assert.deepEqual([done.info.status, done.tags['cairn.kubernetes.job'], done.tags['mlflow.project.backend'], done.tags['mlflow.project.env'], done.tags['cairn.exit_status']], ['FINISHED', `team/${job}`, 'kubernetes', 'docker', '0'])
    assert.match(await (await client.artifacts.download(done.info.run_id, 'console.log')).text(), /one\ntwo\n[^]*three\n/)
  })

  test('the load of the node that the pod is on is logged, where the account may look; else that is said once', async () => {
    const { ended, play } = await start()
    play.starts()
    const metrics = async () => new Map(((await client.runs.searchPage({ experiment_ids: ['0'], max_results: 1 })).items[0]!.data.metrics ?? []).map(({ key, value }) => [key, Number(value)]))
    await until(async () => (await metrics()).has('system/cpu_utilization_percentage'))
    const load = await metrics()
    assert(load.get('system/system_memory_usage_percentage')! > 0 && load.get('system/disk_usage_percentage')! > 0, JSON.stringify([...load]))
    play.ends(0)
    assert.equal((await ended).code, 0)
    const history = await Array.fromAsync(client.metrics.history((await latest()).info.run_id, 'system/disk_usage_percentage'))
    assert.deepEqual(history.map(({ step }) => Number(step)), history.map((_, index) => index))

    api.mayExec = false
    const refused = await start()
    refused.play.starts()
    await until(() => refused.text().includes('is not measured: '))
    api.mayExec = true
    refused.play.ends(0)
    assert.equal((await refused.ended).code, 0)
    assert.match(refused.text(), /The load of pod \S+ is not measured: .*403/)
    assert.equal((await metrics()).size, 0)

    const unwanted = await start('--no-system-metrics')
    unwanted.play.starts()
    await until(async () => (await latest()).info.status === 'RUNNING')
    unwanted.play.ends(0)
    assert.equal((await unwanted.ended).code, 0)
    assert.equal((await metrics()).size, 0)
  })

  test('a job that fails is a failed run with Kubernetes’ reason', async () => {
    const { ended, play, text } = await start()
    play.starts()
    play.writes('bad\n')
    await sleep(200)
    play.ends(3)
    assert.equal((await ended).code, 1)
    assert.match(text(), /the job ended as BackoffLimitExceeded \(exit status 3\): Job has reached/)
    const { info, tags } = await latest()
    assert.deepEqual([info.status, tags['cairn.exit_status']], ['FAILED', '3'])
  })

  test('an interrupt deletes the job with its pods', async () => {
    const { ended, job, play, signal } = await start()
    play.starts()
    await until(async () => (await latest()).info.status === 'RUNNING')
    signal()
    assert.equal((await ended).code, 130)
    assert.equal((await latest()).info.status, 'KILLED')
    const sent = api.requests.find((one) => one.startsWith(`DELETE /apis/batch/v1/namespaces/team/jobs/${job}`))
    assert.match(sent ?? '', /propagationPolicy=Background/)
  })

  test('an image of the project’s own is built, pushed, and named by its digest', async () => {
    const { ended, job, play } = await start('--build-image')
    assert.equal(api.jobs.get(job)!.spec!.template.spec!.containers[0]!.image, `registry.example.org/team/p@sha256:${'ab'.repeat(32)}`)
    assert.deepEqual(engine.calls().map(([verb]) => verb), ['info', 'build', 'image', 'push', 'image'])
    play.starts()
    play.ends(0)
    assert.equal((await ended).code, 0)
    assert.equal((await latest()).tags['mlflow.docker.image.id'], `sha256:${'ab'.repeat(32)}`)
  })

  test('mistakes in the template and the configuration are told', async () => {
    const run = async (config: Record<string, unknown>) => {
      const { code, err } = await line.cairn(['run', 'p', '-P', 'alpha=1', '--backend', 'kubernetes', '--backend-config', JSON.stringify(config)], { env, cwd: folder })
      assert.equal(code, 1)
      return err
    }
    assert.match(await run({}), /'kube-job-template-path' attribute must be specified in backend_config\./)
    assert.match(await run({ 'kube-job-template-path': 'job.yaml' }), /Could not find 'repository-uri' in backend_config\./)
    const full = { 'repository-uri': 'r', 'kube-job-template-path': 'job.yaml' }
    assert.match(await run({ ...full, 'kube-job-template-path': 'none.yaml' }), /Could not find 'kube-job-template-path': .*none\.yaml/)
    assert.match(await run({ ...full, 'kube-context': 'other' }), /There is no kube context "other"\.[^]*There are test\./)
    write('typo.yaml', 'kind: Job\nspec: {backofLimit: 3, template: {spec: {containers: [{name: a, volumeMount: []}]}}}')
    assert.match(await run({ ...full, 'kube-job-template-path': 'typo.yaml' }), /Kubernetes refused the job: a Job has no field spec\.backofLimit, spec\.template\.spec\.containers\[0\]\.volumeMount/)
    write('closed.yaml', 'kind: Job\nmetadata: {namespace: closed}\nspec: {template: {spec: {containers: [{name: a}]}}}')
    assert.match(await run({ ...full, 'kube-job-template-path': 'closed.yaml' }), /Kubernetes refused the job: jobs\.batch is forbidden/)
    assert.equal((await latest()).info.status, 'FAILED')
  })
}
