import type { Awaitable } from './awaitable.ts'

export interface Message {
  /** Grows with each message, by one or more. */
  readonly seq: number
  readonly body: string
}

/**
 * Messages between the servers that share one database, in one order for all of them. They are kept
 * for some minutes, so that whoever comes back can go on from the last that it has seen.
 */
export interface Channel extends AsyncDisposable {
  /** The last message that the listener has heard. */
  readonly position: number
  /** Sends to every server, this one included, unless nobody attends: then `body` is not made. Never waits, never fails. */
  send(body: () => string): void
  /** Until `leave`, messages are sent and kept by all servers; resolves when they know. */
  attend(): Promise<void>
  leave(): void
  /** Messages behind `seq` that are kept; undefined when some of them are gone already. */
  since(seq: number): Promise<readonly Message[] | undefined>
}

export interface ChannelListener {
  /** In order, each once. */
  message(message: Message): void
  /** Something may have been missed: a server ended without saying so, or the database was away. */
  gap(reason: string): void
}

/** Work that one of the servers that share a database does for all. */
export interface Lease {
  /** Whether this server does the work now. */
  held(): Awaitable<boolean>
}
