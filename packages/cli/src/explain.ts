import { ServerRefused, ServerUnreachable } from './client/connection.ts'
import { UserError } from './framework/errors.ts'
import { printable } from './framework/text.ts'
import { loadFailure } from './serving/load-failure.ts'

/** Words for errors that the server or the machine answered with; undefined for what is a bug. */
export function explain(error: unknown): UserError | undefined {
  if (!(error instanceof Error)) return undefined
  const { name, message } = error
  const code = (error as NodeJS.ErrnoException).code
  if (error instanceof ServerUnreachable) {
    const why = (error.cause as NodeJS.ErrnoException | undefined)?.code
    return new UserError(
      `No server answers at ${error.url}${why === undefined ? '' : ` (${why})`}.`,
      'Start one with "cairn server", or name another with MLFLOW_TRACKING_URI or --tracking-uri.',
    )
  }
  if (error instanceof ServerRefused && error.status === 401) {
    return new UserError('The server asks who you are, or does not know these credentials.', 'Set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.')
  }
  if (error instanceof ServerRefused && error.code === 'PERMISSION_DENIED' && error.message === 'Permission denied') {
    return new UserError('You may not do this.', 'Ask whoever manages it, or an admin, for the right: cairn users grant YOU TYPE:ID LEVEL.')
  }
  if (error instanceof ServerRefused && (error.status === 503 && error.message.includes('without workspaces support') || error.code === 'FEATURE_DISABLED')) {
    return new UserError('This server has no workspaces.', 'Start it with --enable-workspaces (MLFLOW_ENABLE_WORKSPACES); see docs/workspaces.md.')
  }
  if (error instanceof ServerRefused) return new UserError(error.status >= 500 ? `The server failed: ${error.message}` : printable(error.message))
  if (name === 'ProjectError' || name === 'EnvironmentError') {
    const { fix, usage } = error as Error & { fix?: string; usage?: boolean }
    return new UserError(message.split('\n').map(printable).join('\n'), fix, usage === true ? 2 : 1)
  }
  if (name === 'ModelError' || name === 'ImageError') return new UserError(message.split('\n').map(printable).join('\n'), (error as Error & { fix?: string }).fix)
  if (name === 'WorkerFailed') {
    const { lines } = error as Error & { lines: readonly string[] }
    const { what, fix } = loadFailure(lines)
    return new UserError(`The model could not be loaded${what === undefined ? '' : `: ${what}`}. The last lines of its Python:\n${lines.map(printable).join('\n')}`, fix)
  }
  // The SDK's two.
  if (name === 'NetworkError') return new UserError(printable(message), 'Start a server with "cairn server", or name another with MLFLOW_TRACKING_URI or --tracking-uri.')
  if (name === 'ApiError') return new UserError(printable(message))
  // By name, so that no command loads the server for its error classes.
  if (name === 'ConfigError') return new UserError(`The server cannot start as it was told to.\n${message}`, undefined, 2)
  if (code === 'EADDRINUSE') {
    const { port, address } = error as unknown as { port?: number; address?: string }
    return new UserError(
      `Port ${port ?? '?'} on ${address ?? 'this machine'} is taken by another program, perhaps another Cairn or MLflow.`,
      'Stop it, or take another port: cairn server --port 5001 (--port 0 takes a free one).',
    )
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const { port, path } = error as unknown as { port?: number; path?: string }
    if (port !== undefined) return new UserError(`This account may not listen on port ${port}.`, 'Take a port above 1023.')
    return new UserError(`This account may not use ${path ?? 'a file that Cairn needs'}.`, 'Change its permissions, or put the data elsewhere: --data-dir.')
  }
  if (code === 'EADDRNOTAVAIL') return new UserError('This machine has no such address to listen on.', 'Give --host an address of this machine, or 0.0.0.0 for all.')
  if (code === 'ERR_SQLITE_ERROR') return sqliteError((error as unknown as { errcode?: number }).errcode, message)
  if (code === 'ENOSPC') return new UserError('The disk is full.', 'Make room and try again; what was acknowledged is kept.')
  const { syscall, path } = error as NodeJS.ErrnoException
  if (code !== undefined && syscall !== undefined && path !== undefined) return new UserError(`${path}: ${message.replace(/^E\w+: /, '').split(',')[0]!} (${syscall})`)
  return undefined
}

/** The errors of SQLite that come from the file and not from us: https://sqlite.org/rescode.html */
function sqliteError(errcode: number | undefined, message: string): UserError | undefined {
  switch ((errcode ?? 0) & 0xff) {
    case 5: return new UserError('The database is in use by another program.', 'Stop it; one Cairn at a time works with a database.')
    case 8: case 10: case 14: return new UserError(`The database cannot be opened: ${message}.`, 'Look at the folder’s permissions and free space, or put the data elsewhere: --data-dir.')
    case 11: return new UserError(`The database is damaged: ${message}.`, 'Restore a copy, or recover what can be read with: sqlite3 cairn.db .recover')
    case 13: return new UserError('The disk is full.', 'Make room and try again; what was acknowledged is kept.')
    case 26: return new UserError('The file that was named is no SQLite database. It was left as it was.', 'Point --backend-store-uri at a database, or at a file that does not exist yet.')
    default: return undefined
  }
}
