import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { openDatabase, type Database } from '../platform/db/index.ts'
import { openGate, startHttpServer, type HttpServer, type Log, type Route } from '../platform/http/index.ts'
import { createLog } from '../platform/log/index.ts'
import type { ServerConfig } from './config.ts'
import { migrations } from './slices.ts'

export interface RunningServer extends AsyncDisposable {
  readonly url: string
  readonly host: string
  readonly port: number
}

export interface ServerParts {
  /** Milliseconds since the epoch; default the system's clock. */
  now?(): number
  /** Default: JSON lines on standard error. */
  readonly log?: Log
}

/**
 * Starts everything that a server is: tests and the command line use this same function. What was
 * started is stopped in the opposite order, also when a later part fails to start.
 */
export async function startServer(config: ServerConfig, parts: ServerParts = {}): Promise<RunningServer> {
  const now = parts.now ?? Date.now
  const log = parts.log ?? createLog({ level: config.logLevel, write: (line) => void process.stderr.write(line), now })
  await using started = new AsyncDisposableStack()

  await mkdir(dirname(config.database.path), { recursive: true })
  const db = started.use(await openDatabase({ path: config.database.path, migrations, thread: new URL('./db-thread.ts', import.meta.url) }))
  const http = started.use(await listen(config, routes(config, db), log, now))

  const stack = started.move()
  return {
    url: http.url, host: http.host, port: http.port,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function listen(config: ServerConfig, routes: readonly Route[], log: Log, now: () => number): Promise<HttpServer> {
  return startHttpServer({
    routes, gate: openGate, log, now,
    security: { ...config.security, allowedHosts: config.security.allowedHosts ?? [] },
    staticPrefix: config.staticPrefix,
    bodyLimit: config.limits.bodyBytes,
  }, { host: config.host, port: config.port })
}

function routes(config: ServerConfig, db: Database): Route[] {
  void config
  void db
  return []
}
