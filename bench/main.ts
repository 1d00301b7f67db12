/**
 * The benchmarks: real servers, one run, a load generator in a process of its own. See README.md.
 */
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Generator } from './load/driver.ts'
import { readOptions, usage, type Options } from './options.ts'
import { checkTable, preface, table, type Meta } from './report/table.ts'
import type { Bench } from './rows/bench.ts'
import type { Row } from './rows/row.ts'
import { scenes } from './rows/scenes.ts'
import { cairn } from './servers/cairn.ts'
import { fasttrackml } from './servers/fasttrackml.ts'
import { mlflow } from './servers/mlflow.ts'
import { killAll, type Peer } from './servers/server.ts'

const say = (line: string) => { process.stderr.write(`${line}\n`) }
const here = fileURLToPath(new URL('.', import.meta.url))
const docs = join(here, '../docs/benchmarks.md')
let temporary: string | undefined

async function main(options: Options): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-bench-'))
  temporary = folder
  const rows: Row[] = []
  try {
    const peers: Peer[] = []
    for (const name of options.peers) {
      peers.push(await (name === 'cairn' ? cairn(options.cairn, folder, say) : name === 'mlflow' ? mlflow() : fasttrackml()))
    }
    await using generator = new Generator()
    const meta: Meta = {
      date: new Date().toISOString().slice(0, 16).replace('T', ' '),
      scale: options.scale.name,
      machine: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
      pinning: generator.pinning,
      node: process.versions.node,
      peers: peers.map(({ name, version, how }) => ({ name, version, how })),
    }
    say(generator.pinning)
    const wants = (row: string) => options.only === undefined || options.only.includes(row)
    const bench: Bench = { scale: options.scale, peers, generator, folder, wants, say }
    for (const scene of scenes) {
      if (!scene.rows.some(wants)) continue
      say(`${scene.rows.filter(wants).join(', ')}`)
      try {
        for await (const row of scene.run(bench)) {
          rows.push(row)
          await save(meta, rows)
        }
      } catch (error) {
        say(`  failed: ${(error as Error).stack}`)
        process.exitCode = 1
      }
    }
    const report = [preface(meta), table(rows), checkTable(rows)].join('\n\n')
    process.stdout.write(`${report}\n`)
    if (options.docs) await intoDocs(report)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function save(meta: Meta, rows: readonly Row[]): Promise<void> {
  await mkdir(join(here, 'results'), { recursive: true })
  await writeFile(join(here, 'results/latest.json'), `${JSON.stringify({ meta, rows }, undefined, 2)}\n`)
  await writeFile(join(here, 'results/latest.md'), `${[preface(meta), table(rows), checkTable(rows)].join('\n\n')}\n`)
}

/** Between the two marks, and nothing else of the page. */
async function intoDocs(report: string): Promise<void> {
  const text = await readFile(docs, 'utf8')
  await writeFile(docs, text.replace(/(<!-- results -->\n)[^]*(\n<!-- end of results -->)/, (_, begin: string, end: string) => begin + report + end))
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    killAll()
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true })
    process.exit(130)
  })
}

let options: ReturnType<typeof readOptions>
try {
  options = readOptions(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${usage}`)
  process.exit(2)
}
if (options === 'help') process.stdout.write(usage)
else if (options === 'list') process.stdout.write(`${scenes.flatMap(scene => scene.rows).join('\n')}\n`)
else await main(options)
