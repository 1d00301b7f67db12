import { CairnError, invalid, type RequestOf } from '@cairn/protocol'
import type * as api from '@cairn/protocol'
import { write } from '../platform/db/index.ts'
import { requireEndpoint, silentMs } from './endpoints.ts'
import { countServers, deleteServer, deleteSilentServers, upsertServer } from './endpoints-store.ts'

const most = { servers: 1000, reportBytes: 65_536, idLength: 100 }

export const reportServer = write('endpoints.report', async (tx, { name, server_id, now, ...report }: RequestOf<typeof api.reportEndpointServer> & { now: number }) => {
  const row = await requireEndpoint(tx, name)
  if (server_id.length > most.idLength) throw invalid(`A server_id has at most ${most.idLength} characters, got ${server_id.length}.`)
  // Beyond 2^53 there is no revision, and JSON has no bigint.
  const text = JSON.stringify(report, (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))
  if (text.length > most.reportBytes) throw invalid(`A report has at most ${most.reportBytes} characters, got ${text.length}.`)
  await deleteSilentServers(tx, row.endpoint_id, now - silentMs)
  if (await countServers(tx, row.endpoint_id) > most.servers) throw new CairnError('RESOURCE_EXHAUSTED', `More than ${most.servers} processes say that they serve endpoint ${name}.`)
  await upsertServer(tx, row.endpoint_id, server_id, JSON.parse(text) as object, now)
  return { revision: row.revision }
})

export const removeServer = write('endpoints.removeServer', async (tx, { name, server_id }: RequestOf<typeof api.removeEndpointServer>) => {
  const row = await requireEndpoint(tx, name)
  await deleteServer(tx, row.endpoint_id, server_id)
  return {}
})
