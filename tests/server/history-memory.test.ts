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
/**
 * Megabytes more than for a tenth of it: 33 to 85 on a quiet machine, 140 where four other programs wanted its two cores.
 * A server that held the answer would take 260, one that held the points as objects ten times as many.
 */
const bound = 200
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
    const logged = async (count: number): Promise<string> => {
      const run = (await post('runs/create', { experiment_id: '0' })).run.info.run_id as string
      const batch = (from: number): object => ({ run_id: run, metrics: Array.from({ length: 1000 }, (_, at) => ({ key: 'loss', value: Math.sin(from + at), timestamp: 1_700_000_000_000 + from + at, step: from + at })) })
      for (let from = 0; from < count; from += together) await Promise.all(Array.from({ length: together / 1000 }, (_, at) => post('runs/log-batch', batch(from + at * 1000))))
      return run
    }
    /** Bytes of the answer that has so many points. */
    const read = async (run: string, count: number): Promise<number> => {
      const response = await fetch(`${server.url}/api/2.0/mlflow/metrics/get-history?run_id=${run}&metric_key=loss`)
      let size = 0
      let braces = 0
      for await (const piece of response.body!) {
        size += piece.length
        for (const byte of piece) if (byte === 0x7b) braces += 1
      }
      assert.equal(braces - 1, count)
      return size
    }
    const [short, long] = [await logged(points / 10), await logged(points)]
    // What reading starts, a thread and its heap, is there then.
    for (let times = 0; times < 3; times += 1) await read(short, points / 10)
    const before = mostMegabytes(server.pid)
    const size = await read(long, points)
    const grown = mostMegabytes(server.pid) - before
    const found = `${Math.round(grown)} MB more for an answer of ${Math.round(size / 2 ** 20)} MB`
    if (process.env['CAIRN_LARGE_POINTS'] !== undefined) console.log(found)
    assert.ok(grown < bound, found)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
