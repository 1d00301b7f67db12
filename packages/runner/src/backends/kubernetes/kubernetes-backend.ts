import { setTimeout as sleep } from 'node:timers/promises'
import { tags as meaning } from '@cairn/protocol'
import type { V1JobStatus, V1Pod } from '@kubernetes/client-node'
import { ProjectError } from '../../errors.ts'
import { cairnTags } from '../../run/tags.ts'
import { loadReader, loadScript } from '../../system/load-notes.ts'
import { systemMetricsOptions } from '../../system/system-metrics.ts'
import { repositoryOf } from '../../source/git.ts'
import { runVariables, type Backend, type BackendEnd, type Execution, type Preparation, type Ready } from '../backend.ts'
import { dockerOf } from '../docker/docker-backend.ts'
import { buildImage, findEngine, pushImage } from '../docker/engine.ts'
import { connectCluster, KubernetesRefused, type Cluster } from './cluster.ts'
import { jobManifest, readKubernetesConfig, readTemplate, type KubernetesConfig } from './manifest.ts'

/** Runs a docker project as a Job of Kubernetes, with MLflow's configuration. */
export function kubernetesBackend(config: Readonly<Record<string, unknown>>, cwd: string): Backend {
  const read = readKubernetesConfig(config, cwd)
  return { elsewhere: true, prepare: (preparation) => prepare(read, preparation), execute: (execution) => execute(read, execution) }
}

/** With --build-image the project's image is built and pushed; else the project's image is taken as its registry has it. */
async function prepare(config: KubernetesConfig, { run, project, source, wanted, context, say }: Preparation): Promise<Ready> {
  const docker = dockerOf(project)
  if (project.name === undefined) throw new ProjectError('Project name in MLProject must be specified when using docker for image tagging.', 'Add a line to MLproject: name: my-project')
  let image = docker.image
  if (wanted.buildImage === true) {
    const engine = await findEngine({ env: context.env, signal: context.signal, say })
    const version = (await repositoryOf(source.folder, context.env))?.commit?.slice(0, 7) ?? ''
    const built = await buildImage(engine, { folder: source.folder, base: docker.image, repository: config.repository, version })
    const digest = await pushImage(engine, built.uri)
    image = `${built.uri}@${digest}`
    run.setTags({ [meaning.dockerImageUri]: built.uri, [meaning.dockerImageId]: digest })
  } else run.setTag(meaning.dockerImageUri, image)
  return {
    variables: context.env, activate: undefined, image,
    recorded: async () => ({ environment: { manager: 'docker', engine: 'kubernetes', id: null, python: null, implementation: null, image, locked: false, notes: [] }, lock: undefined }),
  }
}

async function execute(config: KubernetesConfig, execution: Execution): Promise<BackendEnd> {
  const { run, project, command, ready, context, say } = execution
  const template = await readTemplate(config.templatePath)
  const cluster = await connectCluster(config.context)
  const job = jobManifest({
    template, project: project.name!, runId: run.id, image: ready.image!, command, namespace: cluster.namespace, now: new Date(),
    variables: runVariables(run, context.env['KUBE_MLFLOW_TRACKING_URI'] || context.trackingUri, context.env),
  })
  const [name, namespace] = [job.metadata!.name!, job.metadata!.namespace!]
  try {
    await cluster.create(job)
  } catch (error) {
    if (!(error instanceof KubernetesRefused)) throw new ProjectError(`The cluster cannot be reached: ${((error as Error).cause as Error | undefined)?.message ?? (error as Error).message}`, 'Look at the kube context: kubectl get jobs must work from here.')
    throw new ProjectError(`Kubernetes refused the job: ${error.message}`, `Look at ${config.templatePath}, and at what this account may do in namespace ${namespace}.`)
  }
  run.setTag(cairnTags.kubernetesJob, `${namespace}/${name}`)
  say(`Created job ${name} in namespace ${namespace}.`)
  const { name: container, env } = job.spec!.template.spec!.containers[0]!
  // MLflow's own client in the container does it where the template says so.
  const measured = execution.wanted.systemMetrics !== false && !env!.some((one) => one.name === 'MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING' && one.value === 'true')
  return new Following(config, execution, cluster, { name, namespace, container, loadSeconds: measured ? systemMetricsOptions(context.env).intervalMs / 1000 : undefined }).end()
}

interface FollowedJob {
  readonly name: string
  readonly namespace: string
  readonly container: string
  /** Between two looks at the node's load; undefined for none. */
  readonly loadSeconds: number | undefined
}

/** Follows one job to its end: its status, the logs of its pods, and what keeps it from starting. */
class Following {
  readonly #config: KubernetesConfig
  readonly #execution: Execution
  readonly #cluster: Cluster
  readonly #job: FollowedJob
  readonly #logs = new Map<string, Promise<void>>()
  readonly #stop = new AbortController()
  readonly #said = new Set<string>()
  readonly #measured = new Set<string>()
  #measuring = false
  #step = 0
  #pods: readonly V1Pod[] = []
  #asked = 0
  #wake = new AbortController()
  #status: 'SCHEDULED' | 'RUNNING' | undefined

  constructor(config: KubernetesConfig, execution: Execution, cluster: Cluster, job: FollowedJob) {
    this.#config = config
    this.#execution = execution
    this.#cluster = cluster
    this.#job = job
  }

  async end(): Promise<BackendEnd> {
    const { context } = this.#execution
    const created = Date.now()
    using _signals = context.signals(() => this.#cancel())
    let status: V1JobStatus | undefined = {}
    while (status !== undefined && conditionOf(status) === undefined) {
      await sleep(this.#config.pollMs, undefined, { signal: this.#wake.signal }).catch(() => { this.#wake = new AbortController() })
      try {
        status = await this.#cluster.status(this.#job.namespace, this.#job.name)
        this.#pods = await this.#cluster.pods(this.#job.namespace, this.#job.name)
        await this.#look(status)
      } catch (error) {
        this.#once(`The cluster does not answer (${(error as Error).message}); the job goes on, and so does the waiting.`)
      }
    }
    // The end of the logs follows within moments; a stream that stays open is not waited for.
    await Promise.race([Promise.allSettled(this.#logs.values()), sleep(this.#asked > 1 ? 0 : 10_000, undefined, { ref: false })])
    this.#stop.abort()
    const exit = this.#pods.flatMap(({ status: pod }) => pod?.containerStatuses ?? []).find(({ name }) => name === this.#job.container)?.state?.terminated?.exitCode
    const condition = status === undefined ? undefined : conditionOf(status)
    const word = condition?.type === 'Complete' ? 'FINISHED' as const : this.#asked > 0 || status === undefined ? 'KILLED' as const : 'FAILED' as const
    return {
      exit: exit ?? (word === 'FINISHED' ? 0 : undefined), signal: undefined, asked: this.#asked > 0, status: word, cpu_seconds: undefined, max_memory_bytes: undefined,
      why: word === 'FINISHED' ? undefined : status === undefined ? 'the job was deleted' : `the job ended as ${condition?.reason ?? 'failed'}${exit === undefined ? '' : ` (exit status ${exit})`}: ${condition?.message ?? 'no reason was given'}`,
      started_at: status?.startTime === undefined ? created : new Date(status.startTime).getTime(), ended_at: Date.now(),
    }
  }

  async #look(status: V1JobStatus | undefined): Promise<void> {
    const { run, context } = this.#execution
    for (const pod of this.#pods) {
      const name = pod.metadata!.name!
      const phase = pod.status?.phase
      for (const reason of waitingReasons(pod)) this.#once(`Pod ${name} waits: ${reason}.`)
      if (phase === undefined || phase === 'Pending' || this.#logs.has(name)) continue
      this.#once(`Pod ${name} runs on ${pod.spec?.nodeName ?? 'a node'}.`)
      this.#logs.set(name, this.#cluster.follow(this.#job.namespace, name, this.#job.container, (chunk) => this.#execution.output('stdout', chunk), this.#stop.signal)
        .catch((error: unknown) => { this.#once(`The log of pod ${name} cannot be read: ${(error as Error).message}`) }))
      if (phase === 'Running') void this.#measure(name)
    }
    const now = status === undefined || conditionOf(status) !== undefined ? undefined : this.#logs.size > 0 ? 'RUNNING' as const : 'SCHEDULED' as const
    if (now === undefined || now === this.#status) return
    this.#status = now
    await context.client.runs.update({ run_id: run.id, status: now }).catch(() => {})
  }

  /** Logs the load of the node that a pod is on, one pod at a time: what runs beside the command is looked at from inside, as only there its cards are seen. */
  async #measure(pod: string): Promise<void> {
    const { namespace, container, loadSeconds } = this.#job
    if (loadSeconds === undefined || this.#measuring || this.#measured.has(pod)) return
    this.#measuring = true
    this.#measured.add(pod)
    const read = loadReader()
    const first = this.#step
    try {
      await this.#cluster.beside(namespace, pod, container, `${loadScript(loadSeconds)}load`, (chunk) => {
        // What is still on its way belongs to a run that has ended.
        if (this.#stop.signal.aborted) return
        for (const { timestamp, step, values } of read(chunk.toString())) {
          this.#step = first + step + 1
          for (const [name, value] of values) this.#execution.run.logMetric(`system/${name}`, value, { timestamp, step: first + step })
        }
      }, this.#stop.signal)
    } catch (error) {
      // Where the account may not, or the image has no shell, the run goes on without.
      if (!this.#stop.signal.aborted && this.#step === first) this.#once(`The load of pod ${pod} is not measured: ${(error as Error).message}`)
    }
    this.#measuring = false
  }

  #cancel(): void {
    this.#asked += 1
    const { say } = this.#execution
    say(this.#asked === 1 ? `Deleting job ${this.#job.name}.` : `Deleting job ${this.#job.name} at once.`)
    void this.#cluster.remove(this.#job.namespace, this.#job.name, this.#asked === 1 ? undefined : 0)
      .catch((error: unknown) => say(`The job could not be deleted: ${(error as Error).message}`)).finally(() => this.#wake.abort())
  }

  #once(line: string): void {
    if (this.#said.has(line)) return
    this.#said.add(line)
    this.#execution.say(line)
  }
}

const conditionOf = ({ conditions = [] }: V1JobStatus) => conditions.find(({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'))

/** Why a pod does not start, in Kubernetes' words: no node has room, the image cannot be pulled. */
function waitingReasons({ status }: V1Pod): string[] {
  const scheduling = (status?.conditions ?? []).filter(({ type, status: word }) => type === 'PodScheduled' && word === 'False').map(({ reason, message }) => message ?? reason ?? 'it is not scheduled')
  const containers = (status?.containerStatuses ?? []).flatMap(({ state }) => {
    const { reason, message } = state?.waiting ?? {}
    return reason === undefined || reason === 'ContainerCreating' || reason === 'PodInitializing' ? [] : [`${reason}${message === undefined ? '' : `: ${message}`}`]
  })
  return [...scheduling, ...containers]
}
