import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Telemetry } from './telemetry.ts'

/** What every process has, by the names that Prometheus's own libraries use. */
export function observeProcess(telemetry: Telemetry): Disposable {
  const started = Math.round(Date.now() / 1000 - process.uptime())
  telemetry.gauge('process_start_time_seconds', 'When the process started, in seconds since the epoch.', () => started)
  telemetry.gauge('process_resident_memory_bytes', 'Memory that the process holds.', () => process.memoryUsage.rss())
  telemetry.total('process_cpu_seconds_total', 'Processor time of the process, its threads included.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  // A coarse look: fifty a second, whatever the load.
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  telemetry.gauge('nodejs_eventloop_lag_p99_seconds', 'How late the event loop was, 99th percentile since the last look.', () => {
    const lag = delay.percentile(99) / 1e9
    delay.reset()
    return Number.isFinite(lag) ? lag : 0
  })
  return { [Symbol.dispose]: () => { delay.disable() } }
}
