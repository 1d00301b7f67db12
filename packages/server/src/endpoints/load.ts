import { latencyQuantile, readLatencies, sumOfLatencies, type EndpointLoad, type EndpointServer, type RecentRequests } from '@cairn/protocol'

const slotMs = 10_000
const minuteMs = 60_000

/** What the processes of an endpoint saw together, in the last minute and by tens of seconds before. */
export function loadOf(servers: readonly EndpointServer[], now: number): EndpointLoad {
  const there = servers.filter(({ silent }) => silent !== true)
  const slots = new Map<number, RecentRequests[]>()
  for (const slot of servers.flatMap(({ recent = [] }) => recent)) {
    const since = Number(slot.since)
    slots.set(since, [...slots.get(since) ?? [], slot])
  }
  const recent = [...slots].toSorted(([a], [b]) => a - b).map(([since, parts]) => ({ since, ...summed(parts) }))
  // Whole tens of seconds, the one that is under way too; less where nobody was there before.
  const began = now - minuteMs - ((now - minuteMs) % slotMs)
  const asked = now - Math.max(began, Math.min(now - slotMs, ...servers.map(({ started_timestamp }) => Number(started_timestamp))))
  const minute = summed([...slots].flatMap(([since, parts]) => (since >= began ? parts : [])))
  return {
    servers: there.length, requests_per_second: (minute.requests * 1000) / asked, error_rate: minute.requests === 0 ? 0 : minute.errors / minute.requests,
    ...(minute.requests > 0 && { p50_ms: minute.p50_ms, p99_ms: minute.p99_ms }), recent,
  }
}

function summed(parts: readonly RecentRequests[]) {
  const took = sumOfLatencies(parts.map((part) => readLatencies(part.took)))
  const round = (ms: number): number => Number(ms.toPrecision(4))
  return {
    requests: parts.reduce((sum, { requests }) => sum + Number(requests), 0), errors: parts.reduce((sum, { errors = 0 }) => sum + Number(errors), 0),
    p50_ms: round(latencyQuantile(took, 0.5)), p99_ms: round(latencyQuantile(took, 0.99)),
  }
}
