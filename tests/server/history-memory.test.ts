import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startServerProcess } from '../crash/server-process.ts'

/*
 * A history whose answer is far larger than the bound on memory. CAIRN_LARGE_POINTS makes it longer:
 * ten million points are an answer of 900 MB.
 */
const points = Number(process.env['CAIRN_LARGE_POINTS'] ?? 3_000_000)
/** Megabytes more than before the question. A server that held the answer would take twice as many, one that held the points as objects ten times. */
const bound = 150
const together = 10_000

const mostMegabytes = (pid: number): number => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024

test('a history of millions of points is answered whole in a memory that does not grow with it', { timeout: 600_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-history-'))
  try {
    await using server = await startServerProcess(folder, { MLFLOW_LOGGING_LEVEL: 'ERROR' })
    const post = async (path: string, body: object): Promise<any> => {
      const response = await fetch(`${server.url}/api/2.0/mlflow/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
      assert.equal(response.status, 200, await response.clone().text())
      return response.json()
    }
    const run = (await post('runs/create', { experiment_id: '0' })).run.info.run_id as string
    const batch = (from: number): object => ({ run_id: run, metrics: Array.from({ length: 1000 }, (_, at) => ({ key: 'loss', value: Math.sin(from + at), timestamp: 1_700_000_000_000 + from + at, step: from + at })) })
    for (let from = 0; from < points; from += together) {
      await Promise.all(Array.from({ length: together / 1000 }, (_, at) => post('runs/log-batch', batch(from + at * 1000))))
    }
    const before = mostMegabytes(server.pid)
    const response = await fetch(`${server.url}/api/2.0/mlflow/metrics/get-history?run_id=${run}&metric_key=loss`)
    let size = 0
    let counted = 0
    for await (const piece of response.body!) {
      size += piece.length
      for (const byte of piece) if (byte === 0x7b) counted += 1
    }
    assert.equal(counted - 1, points)
    const grown = mostMegabytes(server.pid) - before
    if (process.env['CAIRN_LARGE_POINTS'] !== undefined) console.log(`${Math.round(grown)} MB more for an answer of ${Math.round(size / 2 ** 20)} MB`)
    assert.ok(grown < bound, `${Math.round(grown)} MB more for an answer of ${Math.round(size / 2 ** 20)} MB`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
