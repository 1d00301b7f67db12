export { openDatabase, type DatabaseLocation, type DatabaseOptions } from './open.ts'
export type { Awaitable } from './awaitable.ts'
export type { Channel, ChannelListener, Lease, Message } from './channel.ts'
export { inLists } from './in-list.ts'
export { keysetSql, orderSql, type KeysetColumn } from './keyset.ts'
export { DatabaseRefused } from './migrate.ts'
export { backupDatabase, restoreDatabase } from './backup.ts'
export { openReadOnly, type ReadOnlyDatabase } from './read-only.ts'
export { openForeign, type ForeignDatabase } from './foreign.ts'
export { serveDatabaseThread } from './worker.ts'
export { read, stream, write } from './types.ts'
export type {
  AnyOperation, Database, Dialect, Migration, ReadOperation, Reader, StreamOperation, Value, WriteOperation, Writer,
} from './types.ts'
