/** The Helm chart: rendered by the real helm, held to Kubernetes' own schemas, and its settings given to the real server. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse, parseAllDocuments } from 'yaml'
import { startServer } from '@cairn/server'
import { readConfig, settings } from '@cairn/server/config'
import { goProgram } from '../../tools/object-stores.ts'
import { startPostgres } from '../../tools/postgres.ts'
import { manifestProblems } from '../projects/kubernetes/schema.ts'

interface EnvVar { readonly name: string; readonly value?: string; readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string; readonly optional?: boolean } } }
interface Probe { readonly httpGet: { readonly path: string } }
interface Container { readonly image: string; readonly args: readonly string[]; readonly env: readonly EnvVar[]; readonly envFrom?: readonly unknown[]; readonly livenessProbe: Probe; readonly readinessProbe: Probe; readonly startupProbe: Probe; readonly securityContext: Record<string, unknown> }
interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
  readonly data?: Readonly<Record<string, string>>
  readonly spec: Record<string, unknown>
}
interface PodSpec { readonly containers: readonly [Container]; readonly securityContext: Record<string, unknown>; readonly terminationGracePeriodSeconds: number; readonly automountServiceAccountToken: boolean; readonly volumes: readonly { readonly name: string; readonly persistentVolumeClaim?: { readonly claimName: string } }[] }

const chart = fileURLToPath(new URL('../../deploy/helm/cairn', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'cairn-helm-'))
let program: string
before(async () => { program = await goProgram('helm') })
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))

// Nothing of this account's own helm has a say, and the cluster is the one that the schemas are of.
const cluster = ['--kube-version', '1.35.0']
const helm = (...args: readonly string[]) => spawnSync(program, args, { encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: folder, HELM_CACHE_HOME: join(folder, 'cache'), HELM_CONFIG_HOME: join(folder, 'config'), HELM_DATA_HOME: join(folder, 'data') } })
const values = (name: string): string[] => ['--values', join(chart, 'ci', `${name}-values.yaml`)]
const cases: Readonly<Record<string, readonly string[]>> = { default: [], 'one-server': values('one-server'), team: values('team') }

function render(...args: readonly string[]): Manifest[] {
  const { status, stdout, stderr } = helm('template', 'lab', chart, '--namespace', 'mlops', ...cluster, ...args)
  assert.equal(status, 0, stderr)
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest).filter((manifest) => manifest !== null)
}
const refused = (...args: readonly string[]): string => {
  const { status, stderr } = helm('template', 'lab', chart, ...cluster, ...args)
  assert.notEqual(status, 0, args.join(' '))
  return stderr
}
const only = (manifests: readonly Manifest[], kind: string): Manifest => {
  const found = manifests.filter((manifest) => manifest.kind === kind)
  assert.equal(found.length, 1, `${found.length} of ${kind}`)
  return found[0]!
}
const podOf = (manifests: readonly Manifest[]) => (only(manifests, 'Deployment').spec['template'] as { metadata: { labels: Record<string, string> }; spec: PodSpec })

/** The variables as the container sees them, secrets taken from `secrets` and addresses put in by Kubernetes. */
function environment(container: Container, secrets: Readonly<Record<string, Readonly<Record<string, string>>>>): Record<string, string> {
  const env: Record<string, string> = {}
  for (const { name, value, valueFrom } of container.env) {
    const reference = valueFrom?.secretKeyRef
    const found = reference === undefined ? undefined : secrets[reference.name]?.[reference.key]
    if (reference !== undefined && found === undefined) assert(reference.optional, `${reference.name}.${reference.key}`)
    else env[name] = (value ?? found ?? '10.1.2.3').replace(/\$\((\w+)\)/g, (_all, other: string) => env[other]!)
  }
  return env
}
const configOf = (container: Container, env: Record<string, string>, cwd = folder) =>
  readConfig({ flags: Object.fromEntries(container.args.slice(1).map((arg) => /^--([^=]+)=(.*)$/.exec(arg)!.slice(1) as [string, string])), env, cwd })

/** A request by the name that the client used for the server. */
const ask = (url: string, host: string): Promise<number> => new Promise((resolve, reject) => {
  get(url, { headers: { host }, agent: false }, (response) => { response.resume(); resolve(response.statusCode!) }).once('error', reject)
})

test('helm finds nothing to complain about, and every manifest is one that the API server takes', () => {
  for (const [name, args] of Object.entries(cases)) {
    const lint = helm('lint', '--strict', chart, ...cluster, ...args)
    assert.equal(lint.status, 0, lint.stdout + lint.stderr)
    const manifests = render(...args)
    assert.deepEqual(manifests.flatMap(manifestProblems), [], name)
    // What selects the pods finds them, and nothing of another release.
    const { labels } = podOf(manifests).metadata
    for (const { kind, spec } of manifests) {
      const selector = (kind === 'Service' ? spec['selector'] : kind === 'ServiceMonitor' ? undefined : (spec?.['selector'] as { matchLabels?: object })?.matchLabels ?? (spec?.['podSelector'] as { matchLabels?: object })?.matchLabels) as Record<string, string> | undefined
      if (selector === undefined) continue
      assert.equal(selector['app.kubernetes.io/instance'], 'lab')
      for (const [label, value] of Object.entries(selector)) assert.equal(labels[label], value, `${kind} ${label}`)
    }
  }
  assert.deepEqual(render(...cases['team']!).map(({ kind }) => kind).toSorted(), ['ConfigMap', 'Deployment', 'Ingress', 'NetworkPolicy', 'PodDisruptionBudget', 'Service', 'ServiceAccount', 'ServiceMonitor'])
  assert.deepEqual(render().map(({ kind }) => kind).toSorted(), ['Deployment', 'PersistentVolumeClaim', 'Secret', 'Service', 'ServiceAccount'])
})

test('every value is described, by the schema that helm checks', () => {
  interface Schema { readonly description?: string; readonly properties?: Readonly<Record<string, Schema>>; readonly additionalProperties?: unknown }
  const walk = (schema: Schema, value: unknown, at: string): string[] => {
    const own = schema.description === undefined && at !== '' ? [`${at}: no description`] : []
    if (schema.properties === undefined) return own
    assert.equal(schema.additionalProperties, false, at)
    const names = new Set([...Object.keys(schema.properties), ...Object.keys(value as object)])
    names.delete('global')
    return [...own, ...[...names].flatMap((name) => {
      const part = schema.properties![name]
      return part === undefined ? [`${at}.${name}: not in the schema`] : Object.hasOwn(value as object, name) ? walk(part, (value as Record<string, unknown>)[name], `${at}.${name}`) : [`${at}.${name}: no default`]
    })]
  }
  assert.deepEqual(walk(JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8')) as Schema, parse(readFileSync(join(chart, 'values.yaml'), 'utf8')), ''), [])
  assert.match(refused('--set', 'replica=2'), /additional properties 'replica' not allowed/)
  assert.match(refused('--set', 'ingress.enabled=yes-please'), /ingress\/enabled/)
})

test('what would lose data, or never start, is refused with what to do', () => {
  assert.match(refused('--set', 'replicas=2'), /more than one server needs PostgreSQL/)
  assert.match(refused('--set', 'persistence.enabled=false'), /would lose the SQLite database/)
  assert.match(refused('--set', 'persistence.enabled=false,database.existingSecret=d'), /need a bucket/)
  assert.match(refused('--set', 'replicas=2,database.existingSecret=d'), /several servers need a bucket/)
  assert.match(refused('--set', 'auth.oidc.issuer=https://login.example.com'), /needs auth\.enabled/)
  assert.match(refused('--set', 'auth.enabled=true,auth.oidc.issuer=https://login.example.com'), /clientId: it is missing/)
  assert.match(refused('--set', 'drainSeconds=40'), /terminationGracePeriodSeconds: /)
  render('--set', 'replicas=2,database.existingSecret=d', '--set', 'persistence.accessModes={ReadWriteMany}')
})

test('pods give nothing away: not root, no capabilities, no token of Kubernetes, nothing writable but data and temporary files', () => {
  for (const args of Object.values(cases)) {
    const { spec } = podOf(render(...args))
    assert.deepEqual([spec.securityContext['runAsNonRoot'], spec.securityContext['runAsUser'], spec.securityContext['seccompProfile'], spec.automountServiceAccountToken], [true, 10001, { type: 'RuntimeDefault' }, false])
    assert.deepEqual(spec.containers[0].securityContext, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } })
    // No password stands in a manifest: they come from secrets.
    assert.deepEqual(spec.containers[0].env.filter(({ name, value }) => /PASSWORD|SECRET|STORE_URI/.test(name) && value !== undefined), [])
  }
})

test('one server with SQLite is replaced, never doubled; its claim outlives the release; every image has a name', () => {
  const manifests = render()
  assert.deepEqual(only(manifests, 'Deployment').spec['strategy'], { type: 'Recreate' })
  assert.deepEqual(podOf(manifests).spec.volumes.find(({ name }) => name === 'data')!.persistentVolumeClaim, { claimName: 'lab-cairn' })
  assert.equal(podOf(manifests).spec.containers[0].image, 'cairn:0.1.0')
  assert.equal(Buffer.from(only(manifests, 'Secret').data!['key']!, 'base64').toString('latin1').length, 44)
  const { containers: [container], volumes } = podOf(render(...cases['one-server']!)).spec
  assert.match(container.image, /^cairn@sha256:0{64}$/)
  assert.equal(volumes.find(({ name }) => name === 'data')!.persistentVolumeClaim!.claimName, 'research-data')
  const config = configOf(container, environment(container, { 'lab-cairn-webhooks': { key: Buffer.alloc(32).toString('base64') } }))
  assert.deepEqual([config.dataDir, config.database, config.staticPrefix, config.accounts], ['/data', { kind: 'sqlite', path: '/data/cairn.db' }, '/mlops', undefined])
})

test('the server understands every setting of a team’s installation', () => {
  const { containers: [container] } = podOf(render(...cases['team']!)).spec
  const known = new Set(settings.map(({ env }) => env))
  assert.deepEqual(container.env.map(({ name }) => name).filter((name) => name !== 'POD_IP' && !known.has(name)), [])
  const config = configOf(container, environment(container, {
    'cairn-database': { uri: 'postgresql://cairn:secret@db/cairn' }, 'cairn-webhooks': { key: Buffer.alloc(32).toString('base64') },
    'cairn-admin': { username: 'root', password: 'a long password' }, 'cairn-oidc': { 'client-secret': 'hush' },
  }))
  assert.deepEqual([config.database, config.artifacts.destination, config.host, config.port], [{ kind: 'postgres', uri: 'postgresql://cairn:secret@db/cairn' }, 's3://models/mlflow', '0.0.0.0', 5000])
  assert.deepEqual(config.security.allowedHosts, ['cairn.example.com', 'localhost', '127.0.0.1', '10.1.2.3', 'lab-cairn', 'lab-cairn.mlops', 'lab-cairn.mlops.svc', 'lab-cairn.mlops.svc.*'])
  assert.deepEqual([config.security.corsAllowedOrigins, config.security.xFrameOptions, config.trustedProxies], [['https://cairn.example.com'], 'DENY', ['10.0.0.7']])
  assert.deepEqual([config.accounts!.file, config.accounts!.adminUsername, config.accounts!.adminPassword], ['/etc/cairn/auth.ini', 'root', 'a long password'])
  const { issuer, clientId, clientSecret, adminGroup, allowedGroups, publicUrl } = config.accounts!.oidc!
  assert.deepEqual([issuer, clientId, clientSecret, adminGroup, allowedGroups, publicUrl], ['https://login.example.com/realms/main', 'cairn', 'hush', 'platform', ['ml', 'platform'], 'https://cairn.example.com/mlops'])
  assert.equal(config.tracing?.serviceName, 'lab-cairn')
  assert.equal(config.limits.uploadBytes, 50 * 2 ** 30)
})

test('a server with the chart’s settings starts on PostgreSQL, answers its probes and Prometheus, and leaves the Service while the database is away', async () => {
  await using postgres = await startPostgres()
  const manifests = render('--set', 'database.existingSecret=d,auth.enabled=true,auth.admin.existingSecret=a,auth.defaultPermission=NO_PERMISSIONS')
  const { containers: [container] } = podOf(manifests).spec
  const key = Buffer.from(only(manifests, 'Secret').data!['key']!, 'base64').toString()
  const env = environment(container, { d: { uri: postgres.uri }, a: { password: 'a long password' }, 'lab-cairn-webhooks': { key } })
  // In place of the container's own paths and port.
  writeFileSync(join(folder, 'auth.ini'), only(manifests, 'ConfigMap').data!['auth.ini']!)
  const config = configOf(container, { ...env, MLFLOW_HOST: '127.0.0.1', MLFLOW_PORT: '0', CAIRN_DATA_DIR: join(folder, 'data'), MLFLOW_AUTH_CONFIG_PATH: join(folder, 'auth.ini'), MLFLOW_LOGGING_LEVEL: 'CRITICAL' })
  await using server = await startServer(config, { log: { debug() {}, info() {}, warn() {}, error() {} } })
  for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) assert.equal(await ask(`${server.url}${probe.httpGet.path}`, '10.1.2.3:5000'), 200)
  // With accounts, whoever asks has to say who it is; a name that nobody gave the server is refused before.
  assert.equal(await ask(`${server.url}/metrics`, '10.1.2.3:5000'), 401)
  assert.equal(await ask(`${server.url}/metrics`, 'lab-cairn.mlops.svc.cluster.local'), 401)
  assert.equal(await ask(`${server.url}/metrics`, 'cairn.elsewhere.example'), 403)
  const experiments = await fetch(`${server.url}/api/2.0/mlflow/experiments/get?experiment_id=0`, { headers: { authorization: `Basic ${btoa('admin:a long password')}` } })
  assert.equal(experiments.status, 200)
  await postgres.kill()
  assert.equal(await ask(`${server.url}${container.readinessProbe.httpGet.path}`, '10.1.2.3:5000'), 503)
  assert.equal(await ask(`${server.url}${container.livenessProbe.httpGet.path}`, '10.1.2.3:5000'), 200)
  await postgres.restart()
  for (let attempt = 0; await ask(`${server.url}/ready`, '10.1.2.3:5000') !== 200; attempt += 1) {
    assert(attempt < 300, 'ready again')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
})

test('the commands of docs/operate.md make what Kubernetes takes, and the secrets that the servers ask for', () => {
  const section = /\n## On Kubernetes\n([\s\S]*?)\n## /.exec(readFileSync(fileURLToPath(new URL('../../docs/operate.md', import.meta.url)), 'utf8'))![1]!
  const commands = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => block!.replaceAll('\\\n', '').trim().split('\n'))
  const secrets = new Map(commands.flatMap((command) => {
    const [, name] = / create secret generic (\S+)/.exec(command) ?? []
    return name === undefined ? [] : [[name, [...command.matchAll(/--from-literal=(\w+)=/g)].map(([, key]) => key!)] as const]
  }))
  assert.equal(secrets.size, 3)
  const rendered = commands.filter((command) => command.startsWith('helm ')).map((command) => {
    const words = command.replace(/^helm (?:install|upgrade --install) /, `'${program}' template ${cluster.join(' ')} `)
    const { status, stdout, stderr } = spawnSync('sh', ['-e', '-c', words], { cwd: fileURLToPath(new URL('../..', import.meta.url)), encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: folder } })
    assert.equal(status, 0, `${command}\n${stderr}`)
    return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest).filter((manifest) => manifest !== null)
  })
  assert.equal(rendered.length, 2)
  for (const manifests of rendered) assert.deepEqual(manifests.flatMap(manifestProblems), [])
  const [container] = podOf(rendered[1]!).spec.containers
  const asked = container.env.flatMap(({ valueFrom }) => (valueFrom?.secretKeyRef === undefined || valueFrom.secretKeyRef.optional === true ? [] : [`${valueFrom.secretKeyRef.name}.${valueFrom.secretKeyRef.key}`]))
  const made = [...secrets].flatMap(([name, keys]) => keys.map((key) => `${name}.${key}`))
  const ofChart = rendered[1]!.filter(({ kind }) => kind === 'Secret').flatMap(({ metadata, data = {} }) => Object.keys(data).map((key) => `${metadata.name}.${key}`))
  assert.deepEqual(asked.filter((one) => !made.includes(one) && !ofChart.includes(one)), [])
  assert.deepEqual((container.envFrom as { secretRef: { name: string } }[]).map(({ secretRef }) => secretRef.name), ['cairn-storage'])
  for (const name of ['cairn-database', 'cairn-admin']) assert.ok(asked.some((one) => one.startsWith(`${name}.`)), name)
  // The port that is forwarded is the service's.
  const service = only(rendered[0]!, 'Service')
  assert.match(commands.find((command) => command.includes('port-forward'))!, new RegExp(`service/${service.metadata.name} 5000:${String((service.spec['ports'] as { port: number }[])[0]!.port)}$`))
})
