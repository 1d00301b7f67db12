import { CairnError, endpoint, Any, Empty, getHealth, getReady, getServerInfo, getTelemetry, getVersion, laterEndpoints, type ServerInfo } from '@cairn/protocol'
import { read, type Database } from '../platform/db/index.ts'
import type { Telemetry } from '../platform/telemetry/index.ts'
import { Reply, route, type Route } from '../platform/http/index.ts'

/** The MLflow whose protocol is spoken; clients compare it before they use newer parts. */
export const mlflowVersion = '3.17.2'

const text = (body: string): Reply => new Reply({ headers: { 'content-type': 'text/plain; charset=utf-8' }, body })

/** What belongs to no slice: health, version, what the server can do, and what it cannot yet. */
/** Reads nothing; answers when the database does. */
const ping = read('main.ping', (tx) => tx.rows('SELECT 1'))

export function generalRoutes(options: { db: Database; telemetry: Telemetry; multipart: boolean; presigned: boolean; workspaces: boolean }): Route[] {
  const info: ServerInfo = {
    store_type: 'SqlStore', workspaces_enabled: options.workspaces, trace_archival_enabled: false,
    multipart_uploads_enabled: options.multipart, multipart_downloads_enabled: options.presigned,
    presigned_upload_run_id_supported: true, presigned_upload_model_id_supported: true,
    features_enabled: { gateway: false },
  }
  return [
    route(getHealth, () => text('OK')),
    route(getReady, async () => {
      try {
        await options.db.read(ping, null)
        return text('READY')
      } catch (error) {
        return new Reply({ status: 503, headers: { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '1' }, body: error instanceof CairnError ? error.message : 'The database does not answer.' })
      }
    }),
    route(getTelemetry, () => new Reply({ headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' }, body: options.telemetry.expose() })),
    route(getVersion, () => text(mlflowVersion)),
    route(getServerInfo, () => info),
  ]
}

/** MLflow's groups that come later: each answers that it is not there yet. */
export function laterRoutes(): Route[] {
  return laterEndpoints.map(({ group, method, api, path }) => route(
    endpoint({ name: `later ${method} ${path}`, method, api, path, group, summary: 'Not there yet.', body: 'raw', request: Empty, response: Any }),
    () => { throw new CairnError('NOT_IMPLEMENTED', `Cairn does not have the group '${group}' of MLflow's API yet.`) },
  ))
}
