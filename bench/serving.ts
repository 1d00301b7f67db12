/**
 * The model server against `mlflow models serve`, on the same churn models, side by side.
 *
 *   node --conditions=source bench/serving.ts [--quick] [--docs]
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { pythonForTests } from '../tools/setup-python.ts'
import { Generator } from './load/driver.ts'
import type { Group } from './load/job.ts'
import { measure, summarise, type Sample, type Summary } from './measure/meter.ts'
import { treePids } from './measure/process-tree.ts'
import { show } from './rows/row.ts'
import { cairn } from './servers/cairn.ts'
import { mlflowVersion } from './setup.ts'

const docs = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url))
const quick = process.argv.includes('--quick')
const rounds = quick ? 1 : 3
const seconds = quick ? 2 : 5
const connections = 64
const say = (line: string): void => { process.stderr.write(`${line}\n`) }

interface Subject {
  readonly name: 'mlflow' | 'cairn'
  readonly program: string
  readonly args: (port: number) => readonly string[]
}

interface Running {
  readonly pid: number
  readonly port: number
  readonly startMs: number
  stop(): Promise<void>
}

/** From the command to the first prediction. */
async function start({ name, program, args }: Subject, env: NodeJS.ProcessEnv, body: unknown): Promise<Running> {
  const port = await freePort()
  const began = performance.now()
  const child = spawn(program, args(port), { env, stdio: ['ignore', 'ignore', 'ignore'], detached: true })
  for (;;) {
    const answered = await fetch(`http://127.0.0.1:${port}/invocations`, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }).then(async (response) => (await response.text()) !== '' && response.ok, () => false)
    if (answered) break
    if (child.exitCode !== null || performance.now() - began > 120_000) throw new Error(`${name} did not start: ${program} ${args(port).join(' ')}`)
    await sleep(10)
  }
  return { pid: child.pid!, port, startMs: performance.now() - began, stop: () => stop(child) }
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
  for (const pid of [...treePids(child.pid!), child.pid!]) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch { /* gone already */ }
  }
  await ended
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Rows of the churn table, one a request. */
async function bodies(path: string, columns: readonly string[]): Promise<unknown[]> {
  const [head = '', ...lines] = (await readFile(path, 'utf8')).trim().split('\n')
  const names = head.split(',')
  const at = columns.map((name) => names.indexOf(name))
  return lines.slice(0, 500).map((line) => {
    const cells = line.split(',')
    return { dataframe_split: { columns, data: [at.map((index) => (cells[index] === '' ? null : Number.isNaN(Number(cells[index])) ? cells[index] : Number(cells[index])))] } }
  })
}

interface Line {
  readonly model: string
  readonly engine: string
  readonly target: number
  readonly results: Readonly<Record<'mlflow' | 'cairn', { readonly summary: Summary; readonly startMs: number }>>
}

async function compare(generator: Generator, subjects: readonly Subject[], requests: readonly unknown[], env: NodeJS.ProcessEnv): Promise<Line['results']> {
  const samples: Record<string, Sample[]> = { mlflow: [], cairn: [] }
  const starts: Record<string, number> = {}
  const running = new Map<string, Running>()
  try {
    for (const subject of subjects) {
      const server = await start(subject, env, requests[0])
      starts[subject.name] = server.startMs
      running.set(subject.name, server)
    }
    const group: Group = { name: 'rows', connections, maxOperations: Infinity, script: { kind: 'requests', requests: requests.map((body) => ({ method: 'POST', path: '/invocations', body })) } }
    for (let round = -1; round < rounds; round++) {
      for (const [name, server] of running) {
        const sample = await measure(server, generator, round < 0 ? 1.5 : seconds, [group])
        if (round >= 0) samples[name]!.push(sample)
      }
    }
  } finally {
    for (const server of running.values()) await server.stop()
  }
  const of = (name: 'mlflow' | 'cairn') => ({ summary: summarise(samples[name]!, 'rows'), startMs: starts[name]! })
  return { mlflow: of('mlflow'), cairn: of('cairn') }
}

function report(lines: readonly Line[], version: string, pinning: string): string {
  const row = ({ model, engine, target, results: { mlflow, cairn: ours } }: Line): string => {
    const times = ours.summary.perSecond / mlflow.summary.perSecond
    const cell = (values: readonly (number | string)[]): string => values.map((value) => (typeof value === 'number' ? show(value) : value)).join(' | ')
    return `| ${cell([`${model}, answered by ${engine}`, mlflow.summary.perSecond, ours.summary.perSecond, `${times >= target ? '' : '**'}${show(times)}×${times >= target ? '' : '**'} (${target}×)`,
      `${show(mlflow.summary.cpuMs / ours.summary.cpuMs)}×`, `${show(mlflow.summary.p99Ms)} / ${show(ours.summary.p99Ms)}`, `${show(mlflow.startMs)} / ${show(ours.startMs)}`, `${show(mlflow.summary.rssPeak / 1e6)} / ${show(ours.summary.rssPeak / 1e6)}`])} |`
  }
  return [
    `${new Date().toISOString().slice(0, 16).replace('T', ' ')}; ${cpus().length} × ${cpus()[0]?.model.trim()}; ${pinning}; Node ${process.versions.node}; Cairn ${version}, MLflow ${mlflowVersion}; ${connections} connections, one row a request, ${rounds} rounds of ${seconds} s.`,
    '', '| model | MLflow, rows/s | Cairn, rows/s | more (target) | less processor time a row | p99, ms: MLflow / Cairn | start to first answer, ms | memory, MB |', '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |', ...lines.map(row),
  ].join('\n')
}

const folder = await mkdtemp(join(tmpdir(), 'cairn-bench-serving-'))
try {
  const python = await pythonForTests()
  const models = join(folder, 'models')
  say('Training the models')
  await promisify(execFile)(python, [fileURLToPath(new URL('../tests/serving/make-models.py', import.meta.url)), models])
  const peer = await cairn(process.env['CAIRN_BENCH_PROGRAM'], folder, say)
  const { program } = peer.command(folder, 0)
  const env: NodeJS.ProcessEnv = { ...process.env, PATH: `${dirname(python)}:${process.env['PATH']}`, MLFLOW_DISABLE_TELEMETRY: 'true' }
  delete env['PYTHONDONTWRITEBYTECODE']
  await using generator = new Generator()
  const lines: Line[] = []
  for (const [model, file, engine, target, more] of [
    ['sklearn', 'full.csv', 'Python', 10, []], ['xgboost', 'numbers.csv', 'the evaluator', 20, []], ['xgboost', 'numbers.csv', 'Python', 10, ['--python-only']],
  ] as const) {
    say(`${model}, answered by ${engine}`)
    const example = JSON.parse(await readFile(join(models, model, 'serving_input_example.json'), 'utf8')) as { dataframe_split: { columns: string[] } }
    const results = await compare(generator, [
      { name: 'mlflow', program: join(dirname(python), 'mlflow'), args: (port) => ['models', 'serve', '-m', join(models, model), '-p', String(port), '--env-manager', 'local'] },
      { name: 'cairn', program, args: (port) => ['models', 'serve', '-m', join(models, model), '-p', String(port), '--env-manager', 'local', ...more] },
    ], await bodies(join(models, file), example.dataframe_split.columns), env)
    lines.push({ model: model === 'sklearn' ? 'scikit-learn pipeline' : 'XGBoost', engine, target, results })
    say(`  ${show(results.mlflow.summary.perSecond)} and ${show(results.cairn.summary.perSecond)} rows/s`)
  }
  const text = report(lines, peer.version, generator.pinning)
  process.stdout.write(`${text}\n`)
  if (process.argv.includes('--docs')) {
    const page = await readFile(docs, 'utf8')
    await writeFile(docs, page.replace(/(<!-- serving -->\n)[^]*(\n<!-- end of serving -->)/, (_all, begin: string, end: string) => begin + text + end))
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
