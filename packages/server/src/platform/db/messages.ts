import type { Outcome, SentError } from './group-commit.ts'

/** What the server's thread and a database thread say to each other. */
export type WorkerData =
  | { readonly role: 'writer'; readonly path: string; readonly cacheKiB: number }
  | { readonly role: 'reader'; readonly database: ReaderDatabase }

export type ReaderDatabase =
  | { readonly kind: 'sqlite'; readonly path: string; readonly cacheKiB: number }
  | { readonly kind: 'postgres'; readonly uri: string; readonly connections: number }

export type ToWorker =
  /** Call `i` is operation `names[which[i]]` on `inputs[i]`: cloning an object for each call costs more than the call's data. */
  | { readonly type: 'write'; readonly names: readonly string[]; readonly which: readonly number[]; readonly inputs: readonly unknown[] }
  | { readonly type: 'scan'; readonly id: number; readonly name: string; readonly input: unknown }
  | { readonly type: 'stream'; readonly id: number; readonly name: string; readonly input: unknown }
  | { readonly type: 'pull'; readonly id: number }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'close' }

export type FromWorker =
  | { readonly type: 'wrote'; readonly values: readonly unknown[]; readonly failures: readonly (readonly [index: number, error: SentError])[] }
  | { readonly type: 'scanned'; readonly id: number; readonly outcome: Outcome }
  | { readonly type: 'piece'; readonly id: number; readonly piece: Uint8Array }
  | { readonly type: 'end'; readonly id: number; readonly error?: SentError }
  | { readonly type: 'closed' }
