/**
 * What a team does to a server, for as long as one likes:
 *
 *   npm run soak                          ten minutes of 500 clients and a minute of 2,000 live pages, on both databases, then the longer suites
 *   npm run soak -- --seconds 60 --database sqlite --only load
 */
import { spawnSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { follow, soak, withServer, type DatabaseName, type Soaked } from './scenes.ts'

const { values } = parseArgs({ options: {
  seconds: { type: 'string', default: '600' }, clients: { type: 'string', default: '500' }, rate: { type: 'string', default: '10' },
  pages: { type: 'string', default: '2000' }, 'page-seconds': { type: 'string', default: '60' },
  database: { type: 'string', default: 'sqlite,postgres' }, only: { type: 'string', default: 'load,pages,suites' },
} })
const scale = { clients: Number(values.clients), perSecond: Number(values.rate), seconds: Number(values.seconds), pages: Number(values.pages), pageSeconds: Number(values['page-seconds']), aloneSeconds: 20 }
const wants = (part: string): boolean => values.only.split(',').includes(part)
const say = (line: string): void => { process.stdout.write(`${line}\n`) }
const round = (value: number, digits = 0): string => value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })

say(`${new Date().toISOString().slice(0, 16)}, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? '?'}, load of the machine before: ${loadavg()[0]!.toFixed(1)}`)
let sound = true
const judge = ({ errors, missing }: Soaked): void => {
  for (const [message, count] of errors) say(`  ERROR ${count} times: ${message}`)
  for (const run of missing) say(`  LOST ${run}`)
  sound &&= errors.size === 0 && missing.length === 0
}

for (const database of values.database.split(',') as DatabaseName[]) {
  await withServer(database, async (server) => {
    if (wants('load')) {
      const outcome = await soak(server, scale)
      const { latencies, memory, cores, seconds, points } = outcome
      say(`${database}: ${scale.clients} clients for ${round(seconds)} s: ${round(latencies.count)} requests (${round(latencies.count / seconds)}/s), ${round(points)} points; p50 ${round(latencies.percentile(0.5), 1)} ms, p99 ${round(latencies.percentile(0.99), 1)} ms, p99.9 ${round(latencies.percentile(0.999), 1)} ms, at most ${round(latencies.maxMs)} ms; ${round(cores, 2)} cores; memory by tenths of the time ${memory.tenths.map((mb) => round(mb)).join(', ')} MB, at most ${round(memory.peak)}`)
      judge(outcome)
    }
    if (wants('pages')) {
      const outcome = await follow(server, scale)
      const { pages, events, lost, resyncs, cores, coresAlone, seconds, latencies, memory } = outcome
      say(`${database}: ${pages} live pages for ${round(seconds)} s: ${round(events / seconds)} events/s to them, ${lost} lost, ${resyncs} told to read again; ${round(cores, 2)} cores, ${round(coresAlone, 2)} without pages; logging p99 ${round(latencies.percentile(0.99), 1)} ms; memory at most ${round(memory.peak)} MB`)
      judge(outcome)
      sound &&= lost === 0
    }
  })
}
say(`load of the machine after: ${loadavg()[0]!.toFixed(1)}`)

if (wants('suites')) {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const suites = ['tests/crash/crash.test.ts', 'tests/postgres/replicas.test.ts', 'tests/postgres/versions.test.ts', 'tests/security/fuzz.test.ts', 'tests/faults/disk.test.ts', 'tests/faults/clock.test.ts', 'tests/faults/corruption.test.ts', 'tests/operate/import.test.ts']
  for (const suite of suites) {
    const { status } = spawnSync(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', '--test', suite], { cwd: root, stdio: 'inherit', env: { ...process.env, CAIRN_SOAK: '10', CAIRN_FUZZ_REQUESTS: '1200', CAIRN_FUZZ_SEED: String(Math.floor(Date.now() / 1000)) } })
    sound &&= status === 0
  }
  // What the tests of attacks are worth.
  const { status } = spawnSync(process.execPath, ['--conditions=source', 'tests/security/without-defences.ts'], { cwd: root, stdio: 'inherit' })
  sound &&= status === 0
}
process.exitCode = sound ? 0 : 1
