import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { RequestLog, type RequestLogOptions } from '../../packages/serving/src/server/request-log.ts'
import { startScoringServer } from '../../packages/serving/src/server/scoring-server.ts'
import { makeModels, post, serve, type TestModels } from './models.ts'

let models: TestModels
let folder: string
before(async () => {
  models = await makeModels()
  folder = mkdtempSync(join(tmpdir(), 'cairn-request-log-'))
})
after(() => {
  models[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})

const columns = ['female', 'senior_citizen', 'partner', 'dependents', 'tenure', 'phone_service', 'paperless_billing', 'monthly_charges', 'total_charges']
const customer = (tenure: number) => ({ dataframe_split: { columns, data: [[1, 0, 1, 0, tenure, 0, 1, 29.85, 29.85]] } })

/** A server with a log, for as long as `use` takes. */
async function logged(options: Partial<RequestLogOptions> & { path: string }, use: (url: string, log: RequestLog) => Promise<void>): Promise<void> {
  const log = new RequestLog({ format: 'jsonl', sample: 1, maxBytes: 2 ** 26, maxSeconds: undefined, onError: (error) => { throw error }, ...options })
  await using server = await startScoringServer([await serve(models, 'xgboost')], { host: '127.0.0.1', port: 0, requestLog: log })
  await use(server.url, log)
}

async function until(condition: () => boolean): Promise<void> {
  for (let time = 0; !condition(); time++) {
    if (time > 600) throw new Error('it did not come to it')
    await sleep(50)
  }
}

describe('the log of requests', { concurrency: false }, () => {
  test('holds each request with its answer, a JSON object a line, and begins another file when one is full', async () => {
    const path = join(folder, 'lines', 'requests.jsonl')
    await logged({ path, maxBytes: 2500 }, async (url) => {
      const { headers } = await post(`${url}/invocations`, customer(1))
      assert.match(headers.get('x-request-id')!, /^[\da-f-]{36}$/)
      await post(`${url}/invocations`, 'not JSON')
      for (let count = 0; count < 20; count++) await post(`${url}/invocations`, customer(count))
    })
    const files = readdirSync(join(folder, 'lines')).toSorted()
    assert.ok(files.length > 2, files.join(' '))
    assert.ok(files.every((name) => /^requests(?:-[\d-]+T[\d-]+\.\d+Z(?:-\d+)?)?\.jsonl$/.test(name)), files.join(' '))
    const lines = files.flatMap((name) => readFileSync(join(folder, 'lines', name), 'utf8').trim().split('\n')).map((line) => JSON.parse(line) as { time: string; status: number; input: unknown; output: { predictions?: unknown[] } })
    lines.sort((a, b) => (a.time < b.time ? -1 : 1))
    assert.equal(lines.length, 22)
    assert.deepEqual(lines.filter(({ status }) => status !== 200).map(({ status, input }) => [status, input]), [[400, 'not JSON']])
    assert.ok(lines.some(({ input, output }) => JSON.stringify(input) === JSON.stringify(customer(19)) && output.predictions!.length === 1))
  })

  test('is a data set of Parquet files that pyarrow reads', async () => {
    const path = join(folder, 'parquet')
    const tenures = Array.from({ length: 120 }, (_, at) => at)
    await logged({ path, format: 'parquet', maxBytes: 8000 }, async (url) => {
      await Promise.all(tenures.map((tenure) => post(`${url}/invocations`, customer(tenure))))
      await post(`${url}/invocations`, 'no JSON: ü')
    })
    assert.ok(readdirSync(path).length > 2)
    const read = JSON.parse(execFileSync(models.python, ['-c', `
import json, sys
import pyarrow.dataset as ds
table = ds.dataset(sys.argv[1], format="parquet").to_table()
frame = table.to_pandas().sort_values("time")
good = frame[frame.status == 200]
print(json.dumps({
  "schema": {field.name: str(field.type) for field in table.schema}, "rows": len(frame),
  "tenures": sorted(json.loads(text)["dataframe_split"]["data"][0][4] for text in good.input),
  "answers": sorted({len(json.loads(text)["predictions"]) for text in good.output}),
  "bad": frame[frame.status != 200][["status", "input", "model"]].values.tolist(), "ids": frame.request_id.nunique(), "fast": bool((frame.duration_ms > 0).all()),
}))`, path], { encoding: 'utf8' })) as Record<string, unknown>
    assert.deepEqual(read, {
      schema: { time: 'timestamp[ms, tz=UTC]', request_id: 'string', model: 'string', version: 'string', status: 'int32', duration_ms: 'double', input: 'string', output: 'string' },
      rows: 121, tenures, answers: [1], bad: [[400, 'no JSON: ü', 'xgboost']], ids: 121, fast: true,
    })
  })

  test('writes Parquet after a while although little comes', async () => {
    const path = join(folder, 'rare')
    await logged({ path, format: 'parquet', maxSeconds: 1 }, async (url) => {
      await post(`${url}/invocations`, customer(1))
      await until(() => { try { return readdirSync(path).some((name) => /^requests.*\.parquet$/.test(name)) } catch { return false } })
    })
    assert.equal(readdirSync(path).length, 1)
  })

  test('keeps the share that was asked for', async () => {
    const path = join(folder, 'sampled.jsonl')
    await logged({ path, sample: 0 }, async (url, log) => {
      for (let count = 0; count < 20; count++) await post(`${url}/invocations`, customer(count))
      assert.equal(log.written + log.lost, 0)
    })
    // Of 400 at a half: outside of 120 to 280 once in 10^15.
    const kept = join(folder, 'half.jsonl')
    await logged({ path: kept, sample: 0.5 }, async (url) => {
      await Promise.all(Array.from({ length: 400 }, (_, at) => post(`${url}/invocations`, customer(at))))
    })
    const count = readFileSync(kept, 'utf8').trim().split('\n').length
    assert.ok(count > 120 && count < 280, `${count} of 400`)
  })

  for (const format of ['jsonl', 'parquet'] as const) {
    test(`never fails an answer: what ${format} cannot write is counted, and told once`, async () => {
      writeFileSync(join(folder, 'file'), '')
      const errors: string[] = []
      await logged({ path: join(folder, 'file', 'below'), format, maxBytes: 1, onError: ({ message }) => errors.push(message) }, async (url, log) => {
        for (let count = 0; count < 5; count++) {
          assert.equal((await post(`${url}/invocations`, customer(count))).status, 200)
          await until(() => log.lost === count + 1)
        }
        assert.equal(log.written, 0)
        assert.match(await (await fetch(`${url}/metrics`)).text(), /^cairn_serving_log_lost_total 5$/m)
      })
      assert.equal(errors.length, 1)
      assert.match(errors[0]!, /ENOTDIR|EEXIST/)
    })
  }
})
