import { CairnError, invalid, rolloutStep, type EndpointServer, type RequestOf } from '@cairn/protocol'
import type * as api from '@cairn/protocol'
import { write, type Writer } from '../platform/db/index.ts'
import { forgottenMs, requireEndpoint, silentMs } from './endpoints.ts'
import { addEnded, countServers, leaveDecision, takeDecision, takeServers, upsertServer, type EndpointRow } from './endpoints-store.ts'
import { withEnded } from './ended.ts'

const most = { servers: 1000, reportBytes: 65_536, idLength: 100 }
/** Five times as long as a process is silent between two reports: how long it decides after it said something. */
const decidesMs = 10_000

export const reportServer = write('endpoints.report', async (tx, { workspace, name, server_id, now, aside, ...said }: RequestOf<typeof api.reportEndpointServer> & { workspace: number; now: number; aside: boolean }) => {
  const row = await requireEndpoint(tx, { workspace, name })
  if (server_id.length > most.idLength) throw invalid(`A server_id has at most ${most.idLength} characters, got ${server_id.length}.`)
  const report = { ...said, ...(aside && { aside }) }
  // Beyond 2^53 there is no revision, and JSON has no bigint.
  const text = JSON.stringify(report, (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))
  if (text.length > most.reportBytes) throw invalid(`A report has at most ${most.reportBytes} characters, got ${text.length}.`)
  await upsertServer(tx, row.endpoint_id, server_id, JSON.parse(text) as object, now)
  // It may have been silent itself, and is not any more.
  await keepSeen(tx, row, await takeServers(tx, row.endpoint_id, { before: now - (row.state.rollout === undefined ? silentMs : forgottenMs) }))
  if (await countServers(tx, row.endpoint_id) > most.servers) throw new CairnError('RESOURCE_EXHAUSTED', `More than ${most.servers} processes say that they serve endpoint ${name}.`)
  if (row.state.rollout === undefined || aside) return { revision: row.revision }
  return { revision: row.revision, decides: await takeDecision(tx, row.endpoint_id, server_id, now, now + decidesMs) }
})

export const removeServer = write('endpoints.removeServer', async (tx, { workspace, name, server_id }: RequestOf<typeof api.removeEndpointServer> & { workspace: number }) => {
  const row = await requireEndpoint(tx, { workspace, name })
  await keepSeen(tx, row, await takeServers(tx, row.endpoint_id, { serverId: server_id }))
  await leaveDecision(tx, row.endpoint_id, server_id)
  return {}
})

/** What a process saw of a step counts to the end of the step, whatever becomes of the process. */
async function keepSeen(tx: Writer, { endpoint_id, state }: EndpointRow, gone: readonly EndpointServer[]): Promise<void> {
  const step = rolloutStep(state)
  const saw = gone.filter((server) => step !== undefined && server.step === step && server.aside !== true)
  if (saw.length > 0) await addEnded(tx, endpoint_id, (ended) => withEnded(ended, step!, saw))
}
