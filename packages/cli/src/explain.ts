import { UserError } from './framework/errors.ts'

/** Words for errors that the server or the machine answered with; undefined for what is a bug. */
export function explain(error: unknown): UserError | undefined {
  if (!(error instanceof Error)) return undefined
  const { name, message } = error
  const code = (error as NodeJS.ErrnoException).code
  // By name, so that no command loads the server for its error classes.
  if (name === 'ConfigError') return new UserError(`The server cannot start as it was told to.\n${message}`, undefined, 2)
  if (name === 'DatabaseRefused') return new UserError(message)
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
  if (code === 'ENOSPC') return new UserError('The disk is full.', 'Make room and try again; what was acknowledged is kept.')
  return undefined
}
