import { endpoint } from './endpoint.ts'
import { answer, Bool, Empty, Str, type Static } from './schema.ts'

/** What the server can do; MLflow's client reads it before it downloads. */
export const ServerInfo = answer({
  /** Always `SqlStore`. */
  store_type: Str,
  workspaces_enabled: Bool,
  trace_archival_enabled: Bool,
  /** Whether the storage behind the artifact proxy takes and gives files in parts. */
  multipart_uploads_enabled: Bool,
  multipart_downloads_enabled: Bool,
  presigned_upload_run_id_supported: Bool,
  presigned_upload_model_id_supported: Bool,
  features_enabled: answer({ gateway: Bool }),
})
export type ServerInfo = Static<typeof ServerInfo>

const group = 'server'

export const getHealth = endpoint({
  name: 'getHealth', method: 'GET', api: 'root', path: '/health', group, body: 'raw',
  summary: 'The text OK while the server works.', request: Empty, response: Empty,
})

export const getVersion = endpoint({
  name: 'getVersion', method: 'GET', api: 'root', path: '/version', group, body: 'raw',
  summary: 'The version of MLflow\'s protocol that is spoken, as bare text.', request: Empty, response: Empty,
})

export const getReady = endpoint({
  name: 'getReady', method: 'GET', api: 'root', path: '/ready', group, body: 'raw',
  summary: 'The text READY while requests can be served: the database answers, and the server is not about to end. Else 503 with the reason.', request: Empty, response: Empty,
})

export const getTelemetry = endpoint({
  name: 'getTelemetry', method: 'GET', api: 'root', path: '/metrics', group, body: 'raw',
  summary: 'What the server counts about itself, for Prometheus.', request: Empty, response: Empty,
})

export const getServerInfo = endpoint({
  name: 'getServerInfo', method: 'GET', api: 'mlflow', path: '/server-info', group,
  summary: 'What this server can do.', request: Empty, response: ServerInfo,
})

export const serverEndpoints = [getHealth, getReady, getVersion, getTelemetry, getServerInfo] as const
