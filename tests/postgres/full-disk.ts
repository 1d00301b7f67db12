// Run by disk.test.ts with a small disk as its temporary folder: PostgreSQL on it, Cairn's own files elsewhere.
// Fills the disk through Cairn, makes room, and says what was seen, as JSON.
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPostgres } from '../../tools/postgres.ts'
import { startServerProcess } from '../crash/server-process.ts'

const [elsewhere] = process.argv.slice(2) as [string]
await using postgres = await startPostgres({ durable: true })
await using server = await startServerProcess(mkdtempSync(join(elsewhere, 'server-')), { MLFLOW_BACKEND_STORE_URI: postgres.uri, MLFLOW_LOGGING_LEVEL: 'CRITICAL' })
const ballast = join(tmpdir(), 'ballast')
const { bavail, bsize } = statfsSync(tmpdir())
writeFileSync(ballast, Buffer.alloc(Math.max(1_000_000, bavail * bsize - 40_000_000)))

const post = async (path: string, body: object): Promise<{ status: number; retry: string | null; body: { message?: string; run?: { info: { run_id: string } } } }> => {
  const response = await fetch(`${server.url}/api/2.0/mlflow/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  return { status: response.status, retry: response.headers.get('retry-after'), body: await response.json() as { message?: string } }
}
const run_id = (await post('runs/create', { experiment_id: '0', start_time: 1 })).body.run!.info.run_id
// Text that does not compress into nothing, key by key.
const tag = (index: number) => ({ run_id, key: `k${index}`, value: Array.from({ length: 600 }, (_, at) => Math.sin(index * 97 + at).toString(36)).join('').slice(0, 7000) })
const kept: number[] = []
const refused: { status: number; retry: string | null; message: string | undefined }[] = []
for (let index = 0; index < 20_000 && refused.length < 20; index += 20) {
  const answers = await Promise.all(Array.from({ length: 20 }, async (_, at) => ({ at: index + at, ...await post('runs/set-tag', tag(index + at)) })))
  for (const { at, status, retry, body } of answers) {
    if (status === 200) kept.push(at)
    else refused.push({ status, retry, message: body.message })
  }
}
rmSync(ballast)
let again = 0
for (let attempt = 0; attempt < 300 && again !== 200; attempt += 1) {
  again = (await post('runs/set-tag', { run_id, key: 'after', value: 'there is room' })).status
  if (again !== 200) await sleep(100)
}
const { run } = await (await fetch(`${server.url}/api/2.0/mlflow/runs/get?run_id=${run_id}`)).json() as { run: { data: { tags: { key: string; value: string }[] } } }
const now = new Map(run.data.tags.map(({ key, value }) => [key, value]))
process.stdout.write(`${JSON.stringify({ kept: kept.length, refused, again, lost: kept.filter((index) => now.get(`k${index}`) !== tag(index).value) })}\n`)
