/**
 * The model server against `mlflow models serve` and MLServer, on the same churn models, side by side.
 *
 *   node --conditions=source bench/serving.ts [--quick] [--docs] [--only swap]
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { pythonForTests } from '../tools/setup-python.ts'
import { Generator } from './load/driver.ts'
import type { Group } from './load/job.ts'
import { askSteadily } from './load/steady.ts'
import { measure, summarise, type Sample, type Summary } from './measure/meter.ts'
import { treePids } from './measure/process-tree.ts'
import { median, percentile } from './measure/statistics.ts'
import { show } from './rows/row.ts'
import { swapUnderLoad, type Swaps } from './swap.ts'
import { cairn } from './servers/cairn.ts'
import { mlflowVersion, mlserverProgram, mlserverVersion } from './setup.ts'
import { onnxRuntimeForTests, pythonExtras } from '../tests/serving/python-extras.ts'
import { freePort } from '../tools/processes.ts'

const docs = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url))
const quick = process.argv.includes('--quick')
const rounds = quick ? 1 : 3
const seconds = quick ? 2 : 5
const connections = 64
const say = (line: string): void => { process.stderr.write(`${line}\n`) }

const names = ['mlflow', 'mlserver', 'cairn'] as const
type Name = (typeof names)[number]

interface Subject {
  readonly name: Name
  readonly program: string
  /** Answers the arguments, having made what they name. */
  readonly args: (port: number) => readonly string[] | Promise<readonly string[]>
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
  const words = await args(port)
  const began = performance.now()
  const child = spawn(program, words, { env, stdio: ['ignore', 'ignore', 'ignore'], detached: true })
  for (;;) {
    const answered = await fetch(`http://127.0.0.1:${port}/invocations`, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }).then(async (response) => (await response.text()) !== '' && response.ok, () => false)
    if (answered) break
    if (child.exitCode !== null || performance.now() - began > 120_000) throw new Error(`${name} did not start: ${program} ${words.join(' ')}`)
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

/** MLServer is told by files what to serve; one worker process, as the others have, and everything else as it comes. */
async function mlserverFolder(folder: string, model: string, port: number): Promise<readonly string[]> {
  await mkdir(folder)
  const [grpc, metrics] = [await freePort(), await freePort()]
  await writeFile(join(folder, 'settings.json'), JSON.stringify({ host: '127.0.0.1', http_port: port, grpc_port: grpc, metrics_port: metrics, metrics_dir: join(folder, 'metrics'), parallel_workers: 1 }))
  await writeFile(join(folder, 'model-settings.json'), JSON.stringify({ name: 'churn', implementation: 'mlserver_mlflow.MLflowRuntime', parameters: { uri: model } }))
  return ['start', folder]
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

const columnsOf = async (model: string): Promise<readonly string[]> =>
  (JSON.parse(await readFile(join(model, 'serving_input_example.json'), 'utf8')) as { dataframe_split: { columns: string[] } }).dataframe_split.columns

interface Line {
  readonly model: string
  readonly engine: string
  readonly target: number
  readonly results: Results
}

/** `steadyP99Ms` at `perSecond` requests a second, the same for all. */
interface Results extends Readonly<Record<Name, { readonly summary: Summary; readonly startMs: number; readonly steadyP99Ms: number }>> {
  readonly perSecond: number
}

async function compare(generator: Generator, subjects: readonly Subject[], requests: readonly unknown[], env: NodeJS.ProcessEnv): Promise<Results> {
  const samples: Record<string, Sample[]> = { mlflow: [], mlserver: [], cairn: [] }
  const starts: Record<string, number> = {}
  const steady: Record<string, number[]> = { mlflow: [], mlserver: [], cairn: [] }
  const running = new Map<string, Running>()
  let perSecond = 0
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
    // The same load for all: half of what the slowest of them can bear.
    perSecond = Math.floor(Math.min(...names.map((name) => summarise(samples[name]!, 'rows').perSecond)) / 2)
    for (let round = 0; round < rounds; round++) {
      for (const [name, { port }] of running) {
        const took = await askSteadily({ port, path: '/invocations', bodies: requests.map((body) => JSON.stringify(body)), perSecond, seconds: quick ? 2 : 10 })
        steady[name]!.push(percentile(Float64Array.from(took).sort(), 0.99))
      }
    }
  } finally {
    for (const server of running.values()) await server.stop()
  }
  const of = (name: Name) => ({ summary: summarise(samples[name]!, 'rows'), startMs: starts[name]!, steadyP99Ms: median(steady[name]!) })
  return { perSecond, mlflow: of('mlflow'), mlserver: of('mlserver'), cairn: of('cairn') }
}

function report(lines: readonly Line[], swaps: Swaps, version: string, pinning: string): string {
  const cell = (values: readonly (number | string)[]): string => values.map((value) => (typeof value === 'number' ? show(value) : value)).join(' | ')
  const row = ({ model, engine, target, results }: Line): string => {
    const { mlflow, mlserver, cairn: ours } = results
    const times = ours.summary.perSecond / mlflow.summary.perSecond
    const all = (value: (one: Line['results'][Name]) => number): string => names.map((name) => show(value(results[name]))).join(' / ')
    return `| ${cell([`${model}, answered by ${engine}`, mlflow.summary.perSecond, mlserver.summary.perSecond, ours.summary.perSecond, `${times >= target ? '' : '**'}${show(times)}×${times >= target ? '' : '**'} (${target}×)`,
      `${show(ours.summary.perSecond / mlserver.summary.perSecond)}×`, `${show(mlflow.summary.cpuMs / ours.summary.cpuMs)}× / ${show(mlserver.summary.cpuMs / ours.summary.cpuMs)}×`,
      all(({ summary }) => summary.p99Ms), `${all(({ steadyP99Ms }) => steadyP99Ms)} (${show(results.perSecond)}/s)`, all(({ startMs }) => startMs), all(({ summary }) => summary.rssPeak / 1e6)])} |`
  }
  return [
    `${new Date().toISOString().slice(0, 16).replace('T', ' ')}; ${cpus().length} × ${cpus()[0]?.model.trim()}; ${pinning}; Node ${process.versions.node}; Cairn ${version}, MLflow ${mlflowVersion}, MLServer ${mlserverVersion}; ${connections} connections, one row a request, ${rounds} rounds of ${seconds} s.`,
    '', '| model | MLflow, rows/s | MLServer | Cairn | times MLflow’s (target) | times MLServer’s | less processor time a row than MLflow / MLServer | p99, ms: MLflow / MLServer / Cairn | p99 at equal load, ms | start to first answer, ms | memory, MB |', `| --- |${' ---: |'.repeat(10)}`, ...lines.map(row),
    '', swapsReport(swaps),
  ].join('\n')
}

const swapsReport = ({ swaps, requests, perSecond, p99Ms, calmPerSecond, calmP99Ms }: Swaps): string =>
  `${swaps} swaps of versions while ${connections} connections asked the XGBoost model without a pause: ${requests.toLocaleString('en-US')} requests, none failed; ${show(perSecond)} rows/s with a p99 of ${show(p99Ms)} ms, ${show(calmPerSecond)} and ${show(calmP99Ms)} without swaps.`

const folder = await mkdtemp(join(tmpdir(), 'cairn-bench-serving-'))
try {
  const python = await pythonForTests()
  const mlserver = await mlserverProgram()
  say('Training the models')
  const extras = await pythonExtras('onnx==1.23.2', 'skl2onnx==1.20.0', 'onnxruntime==1.32.0', 'ml_dtypes==0.6.0', 'flatbuffers==25.12.19')
  const train = async (script: string, path: string): Promise<string> => {
    const place = join(folder, script)
    await promisify(execFile)(python, [fileURLToPath(new URL(`../tests/serving/${script}`, import.meta.url)), place], { env: { ...process.env, PYTHONPATH: path } })
    return place
  }
  const [models, onnx] = [await train('make-models.py', ''), await train('make-onnx-models.py', extras)]
  const peer = await cairn(process.env['CAIRN_BENCH_PROGRAM'], folder, say)
  const { program } = peer.command(folder, 0)
  const env: NodeJS.ProcessEnv = { ...process.env, PATH: `${dirname(python)}:${process.env['PATH']}`, MLFLOW_DISABLE_TELEMETRY: 'true', PYTHONPATH: extras, CAIRN_ONNXRUNTIME: onnxRuntimeForTests() }
  delete env['PYTHONDONTWRITEBYTECODE']
  await using generator = new Generator()
  const lines: Line[] = []
  const trees = join(models, 'xgboost')
  const swaps = await swapUnderLoad(generator, { program, env, folder: await mkdtemp(join(folder, 'swap-')), model: trees, connections, seconds: quick ? 3 : 10, requests: await bodies(join(models, 'numbers.csv'), await columnsOf(trees)) })
  say(swapsReport(swaps))
  if (!process.argv.includes('swap')) for (const [name, place, file, engine, target, more] of [
    ['scikit-learn pipeline', join(models, 'sklearn'), join(models, 'full.csv'), 'Python', 10, []], ['XGBoost', join(models, 'xgboost'), join(models, 'numbers.csv'), 'the evaluator', 20, []],
    ['XGBoost', join(models, 'xgboost'), join(models, 'numbers.csv'), 'Python', 10, ['--python-only']], ['random forest as ONNX', join(onnx, 'label'), join(onnx, 'numbers.csv'), 'ONNX Runtime', 20, []],
  ] as const) {
    say(`${name}, answered by ${engine}`)
    const results = await compare(generator, [
      { name: 'mlflow', program: join(dirname(python), 'mlflow'), args: (port) => ['models', 'serve', '-m', place, '-p', String(port), '--env-manager', 'local'] },
      { name: 'mlserver', program: mlserver, args: (port) => mlserverFolder(join(folder, `mlserver-${port}`), place, port) },
      { name: 'cairn', program, args: (port) => ['models', 'serve', '-m', place, '-p', String(port), '--env-manager', 'local', ...more] },
    ], await bodies(file, await columnsOf(place)), env)
    lines.push({ model: name, engine, target, results })
    say(`  ${names.map((one) => show(results[one].summary.perSecond)).join(', ')} rows/s`)
  }
  const text = report(lines, swaps, peer.version, generator.pinning)
  process.stdout.write(`${text}\n`)
  if (process.argv.includes('--docs') && lines.length > 0) {
    const page = await readFile(docs, 'utf8')
    await writeFile(docs, page.replace(/(<!-- serving -->\n)[^]*(\n<!-- end of serving -->)/, (_all, begin: string, end: string) => begin + text + end))
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
