import { gpuFields, readGpus, readNetwork, round, type Sample } from './system-metrics.ts'

/**
 * Shell functions for a machine that has nothing of Cairn's: `note` writes what the machine says of
 * itself, `load` does so again and again.
 */
export function loadScript(everySeconds: number): string {
  return `note() {
  echo "@ $(date +%s) $(date +%s%3N)"
  head -n 1 /proc/stat
  grep -E '^Mem(Total|Available):' /proc/meminfo
  df -P -k / | tail -n 1 | sed 's/^/disk /'
  grep ':' /proc/net/dev
  command -v nvidia-smi > /dev/null && nvidia-smi --query-gpu=${gpuFields.join(',')} --format=csv,noheader,nounits | sed 's/^/gpu /'
  echo .
}
load() {
  while :; do
    note
    sleep ${everySeconds}
  done
}
`
}

export interface LoadPoint {
  /** Milliseconds since the epoch, by the machine's clock. */
  readonly timestamp: number
  readonly step: number
  /** Under MLflow's names without their `system/`. */
  readonly values: Sample
}

/** Reads what `load` writes as it comes; a note counts when it is whole. */
export function loadReader(): (text: string) => LoadPoint[] {
  let rest = ''
  let step = 0
  let busy: { idle: number; total: number } | undefined
  let begin: { received: number; sent: number } | undefined
  return (text) => {
    const notes = (rest + text).split(/^\.\n/m)
    rest = notes.pop()!
    return notes.flatMap((note) => {
      // The second word is milliseconds, where this `date` knows them: BusyBox's does not.
      const [, seconds, ms] = /^@ (\d+)(?: (\d{13})$)?/m.exec(note) ?? []
      if (seconds === undefined) return []
      const timestamp = ms === undefined ? Number(seconds) * 1000 : Number(ms)
      const values: Sample = new Map()
      const times = /^cpu\s+(.+)$/m.exec(note)?.[1]?.trim().split(/\s+/).map(Number)
      if (times !== undefined) {
        // Guests' time is in that of users already, see proc(5).
        const now = { idle: times[3]! + (times[4] ?? 0), total: times.slice(0, 8).reduce((sum, one) => sum + one, 0) }
        if (busy !== undefined && now.total > busy.total) values.set('cpu_utilization_percentage', round((1 - (now.idle - busy.idle) / (now.total - busy.total)) * 100))
        busy = now
      }
      const [all, available] = ['MemTotal', 'MemAvailable'].map((name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(note)?.[1]) * 1024) as [number, number]
      if (all > 0) {
        values.set('system_memory_usage_megabytes', round((all - available) / 1e6))
        values.set('system_memory_usage_percentage', round(((all - available) / all) * 100))
      }
      const [, , used, free] = /^disk \S+\s+(\d+)\s+(\d+)\s+(\d+)/m.exec(note)?.map((part) => Number(part) * 1024) ?? []
      if (used !== undefined && free !== undefined) {
        values.set('disk_usage_percentage', round((used / (used + free)) * 100))
        values.set('disk_usage_megabytes', round(used / 1e6))
        values.set('disk_available_megabytes', round(free / 1e6))
      }
      const moved = readNetwork(note.replace(/^Mem.*$/gm, ''))
      begin ??= moved
      values.set('network_receive_megabytes', (moved.received - begin.received) / 1e6)
      values.set('network_transmit_megabytes', (moved.sent - begin.sent) / 1e6)
      for (const [name, value] of readGpus([...note.matchAll(/^gpu (.*)$/gm)].map((match) => match[1]!).join('\n'))) values.set(name, value)
      return [{ timestamp, step: step++, values }]
    })
  }
}
