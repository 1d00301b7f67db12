import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { statusOf } from '../backends/local.ts'
import { capture } from '../process.ts'
import { machineOf, seedOf } from '../record/machine.ts'
import { loadReader, loadScript } from './load-notes.ts'
import { readGpus, sampler, systemMetricsOptions } from './system-metrics.ts'

test('a look at the machine has MLflow’s names and values that can be', async () => {
  const look = sampler({ PATH: '/nowhere' })
  await new Promise((done) => setTimeout(done, 50))
  const sample = await look()
  assert.deepEqual([...sample.keys()].toSorted(), [
    'cpu_utilization_percentage', 'disk_available_megabytes', 'disk_usage_megabytes', 'disk_usage_percentage', 'network_receive_megabytes', 'network_transmit_megabytes',
    'system_memory_usage_megabytes', 'system_memory_usage_percentage',
  ])
  for (const [name, value] of sample) assert(value >= 0 && (!name.endsWith('percentage') || value <= 100), `${name} ${value}`)
})

test('cards are read from what nvidia-smi says, without what they do not tell', () => {
  assert.deepEqual(readGpus('0, 1024, 81559, 37, 120.50, 700.00\n1, 0, 81559, 0, [N/A], 700.00\n'), [
    ['gpu_0_memory_usage_percentage', 1.3], ['gpu_0_memory_usage_megabytes', 1073.7], ['gpu_0_utilization_percentage', 37], ['gpu_0_power_usage_watts', 120.5], ['gpu_0_power_usage_percentage', 17.2],
    ['gpu_1_memory_usage_percentage', 0], ['gpu_1_memory_usage_megabytes', 0], ['gpu_1_utilization_percentage', 0],
  ])
})

test('MLflow’s variables set the pace', () => {
  assert.deepEqual(systemMetricsOptions({}), { intervalMs: 10_000, samples: 1, node: undefined })
  assert.deepEqual(systemMetricsOptions({ MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL: '0.5', MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING: '3', MLFLOW_SYSTEM_METRICS_NODE_ID: 'n1' }), { intervalMs: 500, samples: 3, node: 'n1' })
})

test('how a command ended says how the run did', () => {
  const status = (exit: number | undefined, signal: NodeJS.Signals | undefined, asked = false) => statusOf({ exit, signal, asked })
  assert.deepEqual([status(0, undefined), status(0, undefined, true), status(3, undefined), status(3, undefined, true), status(undefined, 'SIGKILL'), status(137, undefined), status(undefined, 'SIGSEGV')],
    ['FINISHED', 'FINISHED', 'FAILED', 'KILLED', 'KILLED', 'KILLED', 'FAILED'])
})

test('a seed is found by its name', () => {
  assert.deepEqual([seedOf({ alpha: '1', seed: '7' }, {}), seedOf({ 'random-state': '3' }, {}), seedOf({ data_seed: '4' }, {}), seedOf({}, { PYTHONHASHSEED: '0' }), seedOf({}, {})], ['7', '3', '4', '0', undefined])
})

test('what the shell of another machine notes is read as the same metrics', async () => {
  const { code, out } = await capture(['bash', '-c', `${loadScript(0.2)}load & sleep 0.5; kill $!`], { env: process.env })
  assert.equal(code, 0)
  const read = loadReader()
  const text = out.toString()
  const points = [...read(text.slice(0, 100)), ...read(text.slice(100))]
  assert(points.length >= 2, text)
  assert.deepEqual(points.map(({ step }) => step), points.map((_, index) => index))
  const [first, second] = points as [typeof points[0] & object, typeof points[0] & object]
  assert(Math.abs(first.timestamp - Date.now()) < 60_000)
  assert.deepEqual([...second.values.keys()].filter((name) => !name.startsWith('gpu_')).toSorted(), [
    'cpu_utilization_percentage', 'disk_available_megabytes', 'disk_usage_megabytes', 'disk_usage_percentage', 'network_receive_megabytes', 'network_transmit_megabytes',
    'system_memory_usage_megabytes', 'system_memory_usage_percentage',
  ])
  const here = await sampler(process.env)()
  for (const name of ['disk_usage_percentage', 'system_memory_usage_percentage']) assert(Math.abs(second.values.get(name)! - here.get(name)!) < 5, name)
  const card = loadReader()('@ 1700000000 1700000000123\ngpu 0, 1024, 81559, 37, 120.50, 700.00\n.\n@ 1700000001 17000000013N\n.\n')
  assert.deepEqual([card[0]?.values.get('gpu_0_utilization_percentage'), card.map(({ timestamp }) => timestamp)], [37, [1700000000123, 1700000001000]])
})

test('cards are in the record by what nvidia-smi says of them', async () => {
  const bin = mkdtempSync(join(tmpdir(), 'cairn-smi-'))
  try {
    writeFileSync(join(bin, 'nvidia-smi'), '#!/bin/sh\necho "NVIDIA H100 80GB HBM3, 570.86.15, 81559"\n', { mode: 0o755 })
    const { gpus, cpus, os } = await machineOf({ PATH: `${bin}:${process.env['PATH']}` })
    assert.deepEqual(gpus, [{ name: 'NVIDIA H100 80GB HBM3', driver: '570.86.15', memory_megabytes: 81559 }])
    assert(cpus > 0 && os !== '')
  } finally {
    rmSync(bin, { recursive: true })
  }
})
