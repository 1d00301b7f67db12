import { seenInStep, type AuditEntry, type EndpointServer, type ServedVersion, type ServingEndpoint } from '@cairn/protocol'
import { formatAge, formatNumber, formatTime } from '../framework/format.ts'
import type { Style } from '../framework/io.ts'
import { fields, table } from '../framework/table.ts'

const percent = (weight: number): string => `${formatNumber(weight)} %`

/** `champion (version 3) 90 %, version 4 10 %`. */
export const trafficText = (traffic: ServingEndpoint['traffic']): string => traffic.map(({ version, alias, weight }) => {
  const what = alias === undefined ? (version === undefined ? 'a version that is gone' : `version ${version}`) : `${alias} (${version === undefined ? 'points nowhere' : `version ${version}`})`
  return `${what} ${percent(weight)}`
}).join(', ')

export function rolloutText({ rollout }: ServingEndpoint): string | undefined {
  if (rollout === undefined) return undefined
  return `version ${rollout.version} at ${percent(rollout.steps[rollout.step] ?? 0)}, step ${rollout.step + 1} of ${rollout.steps.length} (${rollout.steps.map(formatNumber).join(', ')})${rollout.paused === true ? ', paused' : ''}`
}

/** What all processes together saw of the step, and what it waits for. */
function stepText(endpoint: ServingEndpoint): string | undefined {
  const { rollout } = endpoint
  if (rollout === undefined || endpoint.servers === undefined || endpoint.servers.length === 0) return undefined
  const { tried, others, seconds, processes, waitingFor } = seenInStep(endpoint)
  const seen = `${tried.requests} of ${rollout.min_requests} requests in ${formatNumber(Math.round(seconds))} s (at least ${formatNumber(rollout.min_seconds)}) at ${processes} ${processes === 1 ? 'process' : 'processes'}, ${tried.errors} errors; the others ${others.requests}, ${others.errors} errors`
  return waitingFor.length === 0 ? seen : `${seen}; waits for ${waitingFor.join(', ')}`
}

export function endpointTable(endpoints: readonly ServingEndpoint[], style: Style, columns: number | undefined): string {
  const now = Date.now()
  return table(endpoints, [
    { title: 'NAME', value: ({ name }) => name, paint: style.cyan },
    { title: 'MODEL', value: ({ model_name }) => model_name || '(deleted)' },
    { title: 'TRAFFIC', value: ({ traffic }) => trafficText(traffic) },
    { title: 'ROLLOUT', value: rolloutText },
    { title: 'CHANGED', value: (one) => formatAge(Number(one.last_updated_timestamp), now), align: 'right' },
    { title: 'BY', value: ({ updated_by }) => updated_by },
  ], style, columns)
}

/** What an endpoint should do, what its processes do, and what was changed last. */
export function endpointText(endpoint: ServingEndpoint, changes: readonly AuditEntry[], style: Style, columns: number | undefined): string {
  const { shadow, servers = [] } = endpoint
  const head = fields([
    ['Endpoint', endpoint.name],
    ['Model', endpoint.model_name || '(deleted)'],
    ['Description', endpoint.description],
    ['Traffic', trafficText(endpoint.traffic)],
    ['Rollout', rolloutText(endpoint)],
    ['Step', stepText(endpoint)],
    ['Shadow', shadow && `${shadow.alias ?? `version ${shadow.version ?? '?'}`}, ${percent(shadow.sample * 100)} of the requests`],
    ['Sticky header', endpoint.sticky_header],
    ['Changed', `${formatTime(Number(endpoint.last_updated_timestamp))} by ${endpoint.updated_by}${endpoint.reason === undefined ? '' : `: ${endpoint.reason}`}`],
  ], style)
  const rows = servers.flatMap((server) => [...server.versions ?? [], ...(server.shadow === undefined ? [] : [{ ...server.shadow, shadow: true }])]
    .map((version, at) => ({ server: at === 0 ? server : undefined, version })))
  const served = rows.length === 0
    ? `Nobody serves it. Start: cairn models serve --endpoint ${endpoint.name}`
    : table<{ server: EndpointServer | undefined; version: ServedVersion & { shadow?: boolean } }>(rows, [
      { title: 'SERVED AT', value: ({ server }) => server?.url },
      { title: 'HOST', value: ({ server }) => server?.host },
      { title: 'REVISION', value: ({ server }) => server && `${server.revision}${String(server.revision) === String(endpoint.revision) ? '' : ` of ${endpoint.revision}`}`, align: 'right' },
      { title: 'VERSION', value: ({ version: { version, shadow: aside } }) => `${version}${aside === true ? ' (shadow)' : ''}`, paint: style.cyan },
      { title: 'SHARE', value: ({ version: { weight } }) => percent(Math.round(weight * 100) / 100), align: 'right' },
      { title: 'REQUESTS', value: ({ version: { requests } }) => Number(requests ?? 0), align: 'right' },
      { title: 'ERRORS', value: ({ version: { errors } }) => Number(errors ?? 0), align: 'right' },
      { title: 'P99', value: ({ version: { p99_ms } }) => (p99_ms ? `${formatNumber(p99_ms)} ms` : undefined), align: 'right' },
      { title: 'DIFFERENT', value: ({ version: { compared, disagreed } }) => (compared ? `${disagreed ?? 0} of ${compared}` : undefined), align: 'right' },
      { title: 'STATE', value: ({ server, version: { ready, error } }) => error ?? (server?.silent === true ? `silent since ${formatTime(Number(server.seen_timestamp))}` : ready === true ? 'ready' : 'not ready') },
    ], style, columns)
  const history = changes.length === 0 ? '' : `\n\n${table(changes, [
    { title: 'WHEN', value: ({ timestamp }) => formatTime(Number(timestamp)), whole: true },
    { title: 'WHO', value: ({ principal }) => principal },
    { title: 'CHANGE', value: ({ action, version }) => `${action.replaceAll('_', ' ')}${version === undefined ? '' : ` of version ${version}`}` },
    { title: 'WHY', value: ({ after }) => (after as { reason?: string } | undefined)?.reason },
    { title: 'ENTRY', value: ({ entry_id }) => entry_id, align: 'right', whole: true, paint: style.dim },
  ], style, columns)}`
  return `${head}\n\n${served}${history}`
}
