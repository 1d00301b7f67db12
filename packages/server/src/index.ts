export { startServer, type RunningServer, type ServerParts } from './main/server.ts'
export type { ServerConfig } from './main/config.ts'
export { DatabaseRefused } from './platform/db/index.ts'
export { StorageRefused } from './artifacts/index.ts'
