/**
 * Cairn and MLflow on one PostgreSQL server, side by side and in turns, and Cairn's searches and charts
 * there beside those on SQLite.
 *
 *   node --conditions=source bench/postgres.ts [--quick] [--only PART,…] [--runs N] [--docs] [--cairn COMMAND]
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { pythonExtras } from '../tests/serving/python-extras.ts'
import { startPostgres } from '../tools/postgres.ts'
import { narrowRuns } from './data/dataset.ts'
import { seedThroughApi } from './data/place-data.ts'
import { Generator } from './load/driver.ts'
import type { Group } from './load/job.ts'
import { settle } from './measure/meter.ts'
import { treeUse } from './measure/process-tree.ts'
import { median } from './measure/statistics.ts'
import { logCurves, type Curves } from './pages/compare-data.ts'
import { asRunning, createRuns, logMetric, stepsOfARound, type Running } from './rows/bench.ts'
import { queries } from './rows/large.ts'
import { show } from './rows/row.ts'
import { searching, searchPath } from './rows/search.ts'
import { cairn } from './servers/cairn.ts'
import { mlflow } from './servers/mlflow.ts'
import { killAll, Server, type Peer } from './servers/server.ts'

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, only: { type: 'string' }, docs: { type: 'boolean' }, runs: { type: 'string' }, cairn: { type: 'string' } } })
const rounds = values.quick ? 1 : 3
const seconds = values.quick ? 2 : 5
const runs = Number(values.runs ?? (values.quick ? 3000 : 100_000))
const connections = 64
const batchConnections = 8
const parts = ['writes', 'searches', 'charts'] as const
const only = values.only?.split(',') ?? parts
const stranger = only.find((name) => !(parts as readonly string[]).includes(name))
if (stranger !== undefined) throw new Error(`There is no part ${stranger}. The parts are: ${parts.join(', ')}.`)
if (values.docs && values.only !== undefined) throw new Error('--docs replaces all tables of docs/benchmarks.md: it takes all parts.')
/** What a page of five charts asks for. */
const curves: Curves = values.quick ? { runs: 10, keys: 5, points: 1000 } : { runs: 50, keys: 5, points: 10_000 }
const docs = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url))
const say = (line: string): void => { process.stderr.write(`${line}\n`) }

/** A server of the comparison, and the processes whose time its work costs. */
interface Subject {
  readonly name: string
  readonly running: Running
  readonly pids: readonly number[]
}

interface Sample {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of the server and of the database, for each operation. */
  readonly cpuMs: number
  readonly serverCpuMs: number
}

const cpuOf = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + treeUse(pid).cpuMs, 0)

/** The same load on each in turn, round by round; medians by name. The first round does not count. */
async function compare(generator: Generator, subjects: readonly Subject[], group: (subject: Subject) => Group): Promise<Map<string, Sample>> {
  const samples = new Map<string, Sample[]>(subjects.map(({ name }) => [name, []]))
  for (let round = 0; round <= rounds; round += 1) {
    for (const subject of subjects) {
      const { pids, running: { server } } = subject
      const [all, own] = [cpuOf(pids), cpuOf([server.pid])]
      const load = group(subject)
      const outcome = (await generator.run({ port: server.port, seconds: round === 0 ? Math.min(2, seconds) : seconds, limitSeconds: 300, groups: [load] }))[load.name]!
      // What a server puts off is part of its cost.
      for (const pid of pids) await settle(pid)
      const { operations } = outcome
      if (round > 0) samples.get(subject.name)!.push({ perSecond: operations / outcome.seconds, p50Ms: outcome.p50Ms, p99Ms: outcome.p99Ms, cpuMs: (cpuOf(pids) - all) / operations, serverCpuMs: (cpuOf([server.pid]) - own) / operations })
    }
  }
  const middle = (list: readonly Sample[], value: (sample: Sample) => number): number => median(list.map(value))
  return new Map([...samples].map(([name, list]) => [name, {
    perSecond: middle(list, (one) => one.perSecond), p50Ms: middle(list, (one) => one.p50Ms), p99Ms: middle(list, (one) => one.p99Ms),
    cpuMs: middle(list, (one) => one.cpuMs), serverCpuMs: middle(list, (one) => one.serverCpuMs),
  }]))
}

const databaseAt = (uri: string, name: string): URL => Object.assign(new URL(uri), { pathname: `/${name}` })

/** PostgreSQL learns by itself within a minute what is in its tables; nobody waits for that here. */
async function command(uri: string, database: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseAt(uri, database).href })
  await client.connect()
  await client.query(sql)
  await client.end()
}

/** A peer whose data are in a database of their own on the server. */
async function on(uri: string, peer: Peer, scheme: string, env: NodeJS.ProcessEnv = {}): Promise<Peer> {
  await command(uri, 'postgres', `CREATE DATABASE ${peer.name}`)
  const database = databaseAt(uri, peer.name)
  const { database: _, ...rest } = peer
  return {
    ...rest,
    command: (folder, port) => {
      const { program, args, env: own } = peer.command(folder, port)
      const at = args.indexOf('--backend-store-uri')
      return { program, args: [...args.filter((_word, index) => at < 0 || index < at || index > at + 1), '--backend-store-uri', database.href.replace('postgresql:', `${scheme}:`)], env: { ...own, ...env } }
    },
  }
}

const mark = (met: boolean): string => (met ? '✓' : '✗')

/** Two servers with the same data, one on PostgreSQL and one on SQLite: what each takes for what, as a table. `most`: at most so many times SQLite's time, where that was promised. */
function besideSqlite(title: string, found: ReadonlyMap<string, ReadonlyMap<string, Sample>>, most?: number): string[] {
  return [
    '', `| ${title} | PostgreSQL, ms | SQLite, ms | times SQLite’s${most === undefined ? '' : ' (target)'} | ms of processor, the database’s included: PostgreSQL / SQLite |`,
    '| --- | ---: | ---: | ---: | ---: |',
    ...[...found].map(([words, result]) => {
      const [here, sqlite] = [result.get('PostgreSQL')!, result.get('SQLite')!]
      return `| ${words} | ${show(here.p50Ms)} | ${show(sqlite.p50Ms)} | ${show(here.p50Ms / sqlite.p50Ms)}×${most === undefined ? '' : ` (${most}×: ${mark(here.p50Ms / sqlite.p50Ms <= most)})`} | ${show(here.cpuMs)} / ${show(sqlite.cpuMs)} |`
    }),
  ]
}

async function measureAll(folder: string): Promise<string> {
  await using postgres = await startPostgres({ durable: true })
  await using generator = new Generator()
  await using started = new AsyncDisposableStack()
  const subject = async (name: string, peer: Peer, pids: readonly number[]): Promise<Subject> => {
    await mkdir(join(folder, name))
    const server = started.use(await Server.start(peer, join(folder, name)))
    return { name, running: asRunning(server, ''), get pids() { return [server.pid, ...pids] } }
  }
  const ours = await cairn(values.cairn, folder, say)
  const theirs = await mlflow()
  const onPostgres = await subject('Cairn', await on(postgres.uri, ours, 'postgresql'), [postgres.pid])
  const report = [`${new Date().toISOString().slice(0, 16).replace('T', ' ')}; ${cpus().length} × ${cpus()[0]?.model.trim()}; ${generator.pinning}; Node ${process.versions.node}; Cairn ${ours.version}, MLflow ${theirs.version} (one worker) on one PostgreSQL 18 that waits for its disk; ${rounds} rounds of ${seconds} s.`]
  if (only.includes('writes')) {
    const other = await subject('MLflow', await on(postgres.uri, theirs, 'postgresql+psycopg2', { PYTHONPATH: await pythonExtras('psycopg2-binary==2.9.10') }), [postgres.pid])
    report.push(...await writes(generator, [onPostgres, other]))
    await other.running.server[Symbol.asyncDispose]()
  }
  const onSqlite = await subject('SQLite', ours, [])
  const both = [{ ...onPostgres, name: 'PostgreSQL' }, onSqlite]
  // Else the first reads would be charged with the compaction of what was just brought in.
  const rest = async (): Promise<void> => {
    await command(postgres.uri, 'cairn', 'VACUUM ANALYZE')
    for (const pid of [onPostgres.running.server.pid, onSqlite.running.server.pid, postgres.pid]) await settle(pid, 120_000)
  }
  if (only.includes('searches')) {
    say(`${runs} runs into each`)
    for (const { running: { server } } of both) await seedThroughApi(server, { runs, shape: narrowRuns, curvePoints: 0, from: 0 }, generator)
    await rest()
    const searches = new Map<string, Map<string, Sample>>()
    for (const { words, query } of queries) {
      say(`search: ${words}`)
      searches.set(words, await compare(generator, both, () => searching([query])))
    }
    report.push(...besideSqlite(`search of ${runs.toLocaleString('en-US')} runs, page of 50`, searches, 2))
  }
  if (only.includes('charts')) {
    say(`${curves.runs} runs × ${curves.keys} curves × ${curves.points} points into each`)
    const asked = new Map<string, Group>()
    for (const { name, running: { server } } of both) asked.set(name, await charting(server))
    await rest()
    say('charts')
    report.push(...besideSqlite('charts', new Map([[
      `${curves.keys} panels × ${curves.runs} lines of ${curves.points.toLocaleString('en-US')} points, in one request`, await compare(generator, both, ({ name }) => asked.get(name)!),
    ]])))
  }
  return report.join('\n')
}

async function writes(generator: Generator, both: readonly Subject[]): Promise<string[]> {
  const made = new Map<Subject, string[]>()
  for (const one of both) made.set(one, await createRuns(one.running, connections))
  say('log-metric')
  const single = await compare(generator, both, (one) => logMetric(one.running, made.get(one)!, connections))
  say('log-batch')
  const batch = await compare(generator, both, (one) => ({ name: 'log-batch', connections: batchConnections, maxOperations: Infinity, script: { kind: 'log-batch', runs: made.get(one)!.slice(0, batchConnections), firstStep: one.running.steps(stepsOfARound) } }))
  return [
    '', '| durable on PostgreSQL | Cairn (target) | MLflow | times MLflow’s rate (target) | µs of processor a request or point: Cairn with the database (alone) | MLflow with the database (alone) | less | p99, ms: Cairn / MLflow |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...([['log-metric, 64 connections', single, 1, 15_000, 'requests/s'], ['log-batch of 1000 points, 8 connections', batch, 1000, 300_000, 'points/s']] as const).map(([title, result, per, least, unit]) => {
      const [own, peer] = [result.get('Cairn')!, result.get('MLflow')!]
      const [rate, theirRate] = [own.perSecond * per, peer.perSecond * per]
      return `| ${title} | ${show(rate)} ${unit} (${show(least)}: ${mark(rate >= least)}) | ${show(theirRate)} | ${show(rate / theirRate)}× (30×: ${mark(rate / theirRate >= 30)}) | ${show(own.cpuMs * 1000 / per)} (${show(own.serverCpuMs * 1000 / per)}) | ${show(peer.cpuMs * 1000 / per)} (${show(peer.serverCpuMs * 1000 / per)}) | ${show(peer.cpuMs / own.cpuMs)}× | ${show(own.p99Ms)} / ${show(peer.p99Ms)} |`
    }),
  ]
}

/** What the page asks for that shows all curves of an experiment, from one reader. */
async function charting(server: Server): Promise<Group> {
  const experiment = await logCurves(`http://127.0.0.1:${server.port}`, curves)
  const { runs: found } = await server.ask('POST', searchPath, { experiment_ids: [experiment], max_results: curves.runs }) as { runs: { info: { run_id: string } }[] }
  const body = { run_ids: found.map(({ info }) => info.run_id), keys: Array.from({ length: curves.keys }, (_, key) => `train/m${key}`), x: 'step', detail: 'extremes', precision: 'float32', format: 'binary' }
  return { name: 'charts', connections: 1, maxOperations: Infinity, script: { kind: 'requests', requests: [{ method: 'POST', path: '/api/cairn/v1/series', body }] } }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { killAll(); process.exit(130) })
const folder = await mkdtemp(join(tmpdir(), 'cairn-bench-postgres-'))
try {
  const report = await measureAll(folder)
  process.stdout.write(`${report}\n`)
  if (values.docs) {
    const text = await readFile(docs, 'utf8')
    await writeFile(docs, text.replace(/(<!-- postgres -->\n)[^]*(\n<!-- end of postgres -->)/, (_, begin: string, end: string) => begin + report + end))
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
