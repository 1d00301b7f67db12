import { Writable } from 'node:stream'
import type { V1Job, V1JobStatus, V1Pod, V1Status } from '@kubernetes/client-node'
import { ProjectError } from '../../errors.ts'

/** What the backend asks of a cluster. */
export interface Cluster {
  readonly namespace: string
  create(job: V1Job): Promise<void>
  /** Undefined where there is no such job any more. */
  status(namespace: string, name: string): Promise<V1JobStatus | undefined>
  pods(namespace: string, job: string): Promise<readonly V1Pod[]>
  /** Gives what a container writes until it ends, or until the signal is aborted. */
  follow(namespace: string, pod: string, container: string, output: (chunk: Buffer) => void, signal: AbortSignal): Promise<void>
  /** Runs a script beside what a container runs and gives what it writes, until that container ends or the signal is aborted. Fails where the cluster lets nobody, or there is no shell. */
  beside(namespace: string, pod: string, container: string, script: string, output: (chunk: Buffer) => void, signal: AbortSignal): Promise<void>
  remove(namespace: string, name: string, graceSeconds: number | undefined): Promise<void>
}

/** A refusal by the API server, in its words. */
export class KubernetesRefused extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'KubernetesRefused'
    this.status = status
  }
}

/** The cluster of a context, through Kubernetes' own client, which is loaded here and nowhere else. */
export async function connectCluster(context: string | undefined): Promise<Cluster> {
  const client = await import('@kubernetes/client-node')
  const { BatchV1Api, CoreV1Api, Exec, KubeConfig, Log } = client
  const config = new KubeConfig()
  config.loadFromDefault()
  if (context !== undefined) {
    const names = config.getContexts().map(({ name }) => name)
    if (!names.includes(context)) throw new ProjectError(`There is no kube context "${context}".`, names.length === 0 ? 'There is no configuration: set KUBECONFIG, or write ~/.kube/config.' : `There are ${names.join(', ')}.`)
    config.setCurrentContext(context)
  }
  const cluster = config.getCurrentCluster()
  if (cluster === null || cluster.server === 'http://localhost:8080') throw new ProjectError('There is no cluster to run in: no KUBECONFIG, no ~/.kube/config, and this is no pod.', 'Name a configuration: export KUBECONFIG=…')
  const batch = config.makeApiClient(BatchV1Api)
  const core = config.makeApiClient(CoreV1Api)
  const log = new Log(config)
  const exec = new Exec(config)
  return {
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
    async create(body) {
      const unknown = unknownFields(client as unknown as Models, 'V1Job', body, '')
      if (unknown.length > 0) throw new KubernetesRefused(400, `a Job has no field ${unknown.join(', ')}`)
      await ask(() => batch.createNamespacedJob({ namespace: body.metadata!.namespace!, body, fieldValidation: 'Strict' }))
    },
    async status(namespace, name) {
      try {
        return (await ask(() => batch.readNamespacedJobStatus({ namespace, name }))).status ?? {}
      } catch (error) {
        if (error instanceof KubernetesRefused && error.status === 404) return undefined
        throw error
      }
    },
    pods: async (namespace, job) => (await ask(() => core.listNamespacedPod({ namespace, labelSelector: `job-name=${job}` }))).items,
    async follow(namespace, pod, container, output, signal) {
      const stream = new Writable({ write: (chunk: Buffer, _encoding, done) => { output(chunk); done() } })
      const ended = new Promise<void>((done) => stream.once('close', done))
      // Stopping it is an error to the client, and none here.
      stream.on('error', () => {})
      const following = await log.log(namespace, pod, container, stream, { follow: true })
      const stop = (): void => following.abort()
      signal.addEventListener('abort', stop, { once: true })
      await ended
      signal.removeEventListener('abort', stop)
    },
    async beside(namespace, pod, container, script, output, signal) {
      const stream = new Writable({ write: (chunk: Buffer, _encoding, done) => { output(chunk); done() } })
      let status: V1Status | undefined
      const socket = await exec.exec(namespace, pod, container, ['sh', '-c', script], stream, null, null, false, (said) => { status = said }).catch((error: unknown) => {
        // What a socket could not do comes as an event, with the reason in it.
        throw new Error((error as { message?: string }).message ?? 'the connection was refused')
      })
      const ended = new Promise<void>((done) => { socket.onclose = () => done() })
      const stop = (): void => socket.close()
      signal.addEventListener('abort', stop, { once: true })
      if (signal.aborted) stop()
      await ended
      signal.removeEventListener('abort', stop)
      if (status?.status === 'Failure') throw new Error(status.message ?? 'no reason was given')
    },
    async remove(namespace, name, graceSeconds) {
      await ask(() => batch.deleteNamespacedJob({ namespace, name, propagationPolicy: 'Background', ...(graceSeconds !== undefined && { gracePeriodSeconds: graceSeconds }) })).catch((error: unknown) => {
        if (!(error instanceof KubernetesRefused && error.status === 404)) throw error
      })
    },
  }
}

interface Model {
  getAttributeTypeMap?(): readonly { readonly name: string; readonly baseName: string; readonly type: string }[]
}
type Models = Readonly<Record<string, Model | undefined>>

/** Fields that a model of the client does not have: it would leave them out in silence, so a misspelt one would be missed. */
function unknownFields(models: Models, type: string, value: unknown, at: string): string[] {
  const item = /^(?:Array<(.+)>|\{ \[key: string\]: (.+); \})$/.exec(type)
  if (item !== null) {
    const entries = value === null || typeof value !== 'object' ? [] : Object.entries(value)
    return entries.flatMap(([key, one]) => unknownFields(models, (item[1] ?? item[2])!, one, Array.isArray(value) ? `${at}[${key}]` : `${at}.${key}`))
  }
  const attributes = models[type]?.getAttributeTypeMap?.()
  if (attributes === undefined || value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, one]) => {
    const attribute = attributes.find(({ name }) => name === key)
    const path = at === '' ? key : `${at}.${key}`
    return attribute === undefined ? [path] : unknownFields(models, attribute.type, one, path)
  })
}

async function ask<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    const { code, body } = error as { code?: unknown; body?: unknown }
    if (typeof code !== 'number') throw error
    let message = typeof body === 'string' ? body : ''
    try {
      message = (JSON.parse(message) as { message?: string }).message ?? message
    } catch {
      message = (body as { message?: string } | undefined)?.message ?? message
    }
    throw new KubernetesRefused(code, message === '' ? (error as Error).message : message)
  }
}
