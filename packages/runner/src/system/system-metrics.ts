import { readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { cpus, freemem, totalmem } from 'node:os'
import type { ActiveRun } from '@cairn/sdk'
import { ask, type Variables } from '../process.ts'

/** MLflow's variables: seconds between samples (default 10), samples whose mean is one point (default 1), a name for the node. */
export interface SystemMetricsOptions {
  readonly intervalMs: number
  readonly samples: number
  readonly node: string | undefined
}

export function systemMetricsOptions(env: Variables): SystemMetricsOptions {
  const seconds = Number(env['MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL'] || 10)
  const samples = Number(env['MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING'] || 1)
  return {
    intervalMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 10_000,
    samples: Number.isInteger(samples) && samples > 0 ? samples : 1, node: env['MLFLOW_SYSTEM_METRICS_NODE_ID'] || undefined,
  }
}

export type Sample = Map<string, number>

/** One look at the machine, under MLflow's names without their `system/`. Counters start at `begin`. */
export function sampler(env: Variables): () => Promise<Sample> {
  let busy = cpuTimes()
  const begin = network()
  let gpus = true
  return async () => {
    const sample: Sample = new Map()
    const now = cpuTimes()
    const total = now.total - busy.total
    if (total > 0) sample.set('cpu_utilization_percentage', round((1 - (now.idle - busy.idle) / total) * 100))
    busy = now
    const memory = totalmem()
    const used = memory - available()
    sample.set('system_memory_usage_megabytes', round(used / 1e6))
    sample.set('system_memory_usage_percentage', round((used / memory) * 100))
    const disk = await statfs('/').catch(() => undefined)
    if (disk !== undefined) {
      const [taken, free] = [(disk.blocks - disk.bfree) * disk.bsize, disk.bavail * disk.bsize]
      sample.set('disk_usage_percentage', round((taken / (taken + free)) * 100))
      sample.set('disk_usage_megabytes', round(taken / 1e6))
      sample.set('disk_available_megabytes', round(free / 1e6))
    }
    const moved = network()
    if (begin !== undefined && moved !== undefined) {
      sample.set('network_receive_megabytes', (moved.received - begin.received) / 1e6)
      sample.set('network_transmit_megabytes', (moved.sent - begin.sent) / 1e6)
    }
    if (gpus) {
      const text = await ask(['nvidia-smi', `--query-gpu=${gpuFields.join(',')}`, '--format=csv,noheader,nounits'], { env })
      gpus = text !== undefined
      for (const [name, value] of readGpus(text ?? '')) sample.set(name, value)
    }
    return sample
  }
}

export const round = (value: number): number => Math.round(value * 10) / 10

function cpuTimes(): { idle: number; total: number } {
  let [idle, total] = [0, 0]
  for (const { times } of cpus()) {
    idle += times.idle
    total += times.user + times.nice + times.sys + times.idle + times.irq
  }
  return { idle, total }
}

/** What programs could get, caches included, where the system says it. */
function available(): number {
  try {
    const kibibytes = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]
    return kibibytes === undefined ? freemem() : Number(kibibytes) * 1024
  } catch {
    return freemem()
  }
}

/** Bytes of all interfaces since the machine started. */
function network(): { received: number; sent: number } | undefined {
  try {
    return readNetwork(readFileSync('/proc/net/dev', 'utf8'))
  } catch {
    return undefined
  }
}

/** Sums of `/proc/net/dev`, whose lines are `  eth0: RECEIVED …7 more SENT …`. */
export function readNetwork(text: string): { received: number; sent: number } {
  const counts = text.split('\n').flatMap((line) => (/^\s*\S+:\s*\d/.test(line) ? [line.slice(line.indexOf(':') + 1).trim().split(/\s+/).map(Number)] : []))
  return { received: counts.reduce((sum, one) => sum + one[0]!, 0), sent: counts.reduce((sum, one) => sum + one[8]!, 0) }
}

export const gpuFields = ['index', 'memory.used', 'memory.total', 'utilization.gpu', 'power.draw', 'power.limit'] as const

/** The lines of nvidia-smi (memory in MiB, power in watts) as MLflow's metrics. */
export function readGpus(text: string): [string, number][] {
  return text.split('\n').flatMap((line) => {
    const [index, used, all, utilization, power, limit] = line.split(',').map((part) => Number(part.trim()))
    if (index === undefined || Number.isNaN(index) || line.trim() === '') return []
    const values: [string, number][] = [
      ['memory_usage_percentage', round((used! / all!) * 100)], ['memory_usage_megabytes', round((used! * 2 ** 20) / 1e6)], ['utilization_percentage', utilization!],
      ['power_usage_watts', power!], ['power_usage_percentage', round((power! / limit!) * 100)],
    ]
    // A card that does not tell its power says [N/A].
    return values.filter(([, value]) => Number.isFinite(value)).map(([name, value]) => [`gpu_${index}_${name}`, value])
  })
}

/** Logs the machine's load to a run until it is disposed of; the last, shorter span is logged too. */
export function logSystemMetrics(run: ActiveRun, { intervalMs, samples, node }: SystemMetricsOptions, env: Variables): AsyncDisposable {
  const look = sampler(env)
  let kept: Sample[] = []
  let step = 0
  let busy: Promise<void> = Promise.resolve()
  const sample = (last: boolean): void => {
    busy = busy.then(async () => {
      kept.push(await look())
      if (kept.length < samples && !last) return
      const timestamp = Date.now()
      for (const name of new Set(kept.flatMap((one) => [...one.keys()]))) {
        const values = kept.flatMap((one) => one.get(name) ?? [])
        // Counters are as they are now; the rest is a mean.
        const value = name.startsWith('network') ? values.at(-1)! : round(values.reduce((sum, one) => sum + one, 0) / values.length)
        run.logMetric(`system/${node === undefined ? '' : `${node}/`}${name}`, value, { step, timestamp })
      }
      step += 1
      kept = []
    }).catch(() => {})
  }
  const timer = setInterval(() => sample(false), intervalMs)
  timer.unref()
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      sample(true)
      await busy
    },
  }
}
