import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { V1Job, V1Pod } from '@kubernetes/client-node'
import { jobProblems } from './schema.ts'

export interface ApiServer extends AsyncDisposable {
  readonly url: string
  /** Method and path with query of each request, in order. */
  readonly requests: string[]
  readonly jobs: Map<string, V1Job>
  /** Moves a job on: what its pod does, what it writes, how it ends. */
  play(job: string): Play
  /** Requests are cut off while it is true. */
  away: boolean
  /** Whether the account may run something in a pod. */
  mayExec: boolean
}

export interface Play {
  waits(reason: string, message: string): void
  starts(): void
  writes(text: string): void
  ends(exit: number): void
}

/** What `kubectl exec` speaks, v4.channel.k8s.io over a web socket: the command runs here, and its output is channel 1, its end channel 3. */
export function exec(request: IncomingMessage, socket: Socket): void {
  const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']!}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: v4.channel.k8s.io\r\n\r\n`)
  const frame = (opcode: number, payload: Buffer): void => {
    const length = payload.length < 126 ? Buffer.from([payload.length]) : Buffer.from([126, payload.length >> 8, payload.length & 255])
    if (socket.writable) socket.write(Buffer.concat([Buffer.from([0x80 | opcode]), length, payload]))
  }
  const [program, ...words] = new URL(request.url!, 'http://x').searchParams.getAll('command')
  const child = spawn(program!, words, { stdio: ['ignore', 'pipe', 'ignore'] })
  child.stdout.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; at += 16_000) frame(2, Buffer.concat([Buffer.from([1]), chunk.subarray(at, at + 16_000)]))
  })
  const end = (status: object): void => {
    frame(2, Buffer.concat([Buffer.from([3]), Buffer.from(JSON.stringify({ kind: 'Status', apiVersion: 'v1', ...status }))]))
    frame(8, Buffer.from([0x03, 0xe8]))
    socket.end()
  }
  child.on('error', (error) => end({ status: 'Failure', message: error.message }))
  child.on('close', (code) => end(code === 0 ? { status: 'Success' } : { status: 'Failure', reason: 'NonZeroExitCode', message: `command terminated with exit code ${code}` }))
  socket.on('data', () => child.kill()).on('close', () => child.kill()).on('error', () => child.kill())
}

const json = (response: ServerResponse, status: number, body: unknown): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
const refused = (code: number, reason: string, message: string) => ({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code })

/**
 * The requests that a Job needs of a Kubernetes API server, answered as Kubernetes 1.35 does. Manifests
 * are held to the server's own schema, strictly, as `fieldValidation=Strict` asks.
 */
export async function startApiServer(): Promise<ApiServer> {
  const jobs = new Map<string, V1Job>()
  const pods = new Map<string, V1Pod>()
  const written = new Map<string, string>()
  const followers = new Map<string, Set<ServerResponse>>()
  const requests: string[] = []

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString()
    requests.push(`${request.method!} ${request.url!}`)
    if (server_.away) return void request.socket.destroy()
    if (request.headers.authorization !== 'Bearer secret') return json(response, 401, refused(401, 'Unauthorized', 'Unauthorized'))
    const { pathname, searchParams } = new URL(request.url!, 'http://x')
    const [, group, namespace, kind, name, sub] = /^\/(apis\/batch\/v1|api\/v1)\/namespaces\/([^/]+)\/(jobs|pods)(?:\/([^/]+)(?:\/(\w+))?)?$/.exec(pathname) ?? []
    if (group === undefined) return json(response, 404, refused(404, 'NotFound', 'the server could not find the requested resource'))
    if (kind === 'jobs' && request.method === 'POST') return create(response, namespace!, JSON.parse(body) as V1Job, searchParams.get('fieldValidation'))
    if (kind === 'jobs' && request.method === 'DELETE') {
      const pod = pods.get(name!)
      if (!jobs.delete(name!)) return json(response, 404, refused(404, 'NotFound', `jobs.batch "${name!}" not found`))
      if (pod !== undefined) pod.status!.phase = 'Failed'
      end(name!)
      return json(response, 200, { kind: 'Status', apiVersion: 'v1', status: 'Success' })
    }
    if (kind === 'jobs') {
      const job = jobs.get(name!)
      return job === undefined ? json(response, 404, refused(404, 'NotFound', `jobs.batch "${name!}" not found`)) : json(response, 200, job)
    }
    if (sub === 'log') return log(response, name!)
    const wanted = /^job-name=(.+)$/.exec(searchParams.get('labelSelector') ?? '')?.[1]
    return json(response, 200, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: [...pods].filter(([job]) => job === wanted).map(([, pod]) => pod) })
  }

  function create(response: ServerResponse, namespace: string, job: V1Job, validation: string | null): void {
    const problems = jobProblems(job)
    if (validation === 'Strict' && problems.length > 0) return json(response, 400, refused(400, 'BadRequest', `Job in version "v1" cannot be handled as a Job: strict decoding error: ${problems.join(', ')}`))
    const name = job.metadata!.name!
    if (!/^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(name) || name.length > 63) return json(response, 422, refused(422, 'Invalid', `Job.batch "${name}" is invalid: metadata.name: Invalid value`))
    if (namespace === 'closed') return json(response, 403, refused(403, 'Forbidden', `jobs.batch is forbidden: User "test" cannot create resource "jobs" in API group "batch" in the namespace "closed"`))
    const made: V1Job = { ...job, metadata: { ...job.metadata, uid: 'u-1' }, status: {} }
    jobs.set(name, made)
    const container = job.spec!.template.spec!.containers[0]!
    pods.set(name, {
      kind: 'Pod', apiVersion: 'v1', metadata: { name: `${name}-abcde`, namespace, labels: { 'job-name': name } }, spec: { containers: [container], nodeName: 'node-1' },
      status: { phase: 'Pending', containerStatuses: [{ name: container.name, image: '', imageID: '', ready: false, restartCount: 0, state: { waiting: { reason: 'ContainerCreating' } } }] },
    })
    json(response, 201, made)
  }

  function log(response: ServerResponse, pod: string): void {
    response.writeHead(200, { 'content-type': 'text/plain' })
    response.write(written.get(pod) ?? '')
    const job = pod.replace(/-abcde$/, '')
    if (pods.get(job)?.status?.phase === 'Running') followers.set(pod, (followers.get(pod) ?? new Set()).add(response))
    else response.end()
  }

  function end(job: string): void {
    for (const response of followers.get(`${job}-abcde`) ?? []) response.end()
  }

  const http = createServer((request, response) => void answer(request, response).catch((error: unknown) => json(response, 500, refused(500, 'InternalError', String(error)))))
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  http.on('upgrade', (request, socket: Socket) => {
    requests.push(`${request.method!} ${request.url!}`)
    if (request.headers.authorization !== 'Bearer secret' || !server_.mayExec) return void socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
    exec(request, socket)
  })
  const server_: ApiServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, requests, jobs, away: false, mayExec: true,
    play(job) {
      const state = () => pods.get(job)!.status!
      const container = () => state().containerStatuses![0]!
      return {
        waits: (reason, message) => { container().state = { waiting: { reason, message } } },
        starts() {
          state().phase = 'Running'
          container().state = { running: {} }
          jobs.get(job)!.status = { active: 1, startTime: new Date().toISOString() as unknown as Date }
        },
        writes(text) {
          const pod = `${job}-abcde`
          written.set(pod, (written.get(pod) ?? '') + text)
          for (const response of followers.get(pod) ?? []) response.write(text)
        },
        ends(exitCode) {
          state().phase = exitCode === 0 ? 'Succeeded' : 'Failed'
          container().state = { terminated: { exitCode } }
          const condition = exitCode === 0 ? { type: 'Complete', status: 'True' } : { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' }
          const job_ = jobs.get(job)!
          job_.status = { ...job_.status, conditions: [condition] }
          end(job)
        },
      }
    },
    async [Symbol.asyncDispose]() {
      http.closeAllConnections()
      await new Promise((done) => http.close(done))
    },
  }
  return server_
}
