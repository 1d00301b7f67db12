import { decodePageToken, encodePageToken, invalid, invalidPageToken, limits, type AuditEntry, type RequestOf, type listAuditEntries } from '@cairn/protocol'
import { read, write, type AnyOperation } from '../platform/db/index.ts'
import { recordChange, selectEntries, type Author } from './audit-store.ts'

type ListRequest = RequestOf<typeof listAuditEntries> & {
  /** Only of this entity: set where the caller may not see others that had its name. */
  readonly entity_uid?: string
  readonly workspace?: number | undefined
  /** Also of workspaces that there are no more. */
  readonly gone?: boolean
}

export interface EntryPage {
  entries: AuditEntry[]
  next_page_token?: string
}

/** One page of the changes, newest first. */
export const listEntries = read('audit.list', async (tx, request: ListRequest): Promise<EntryPage> => {
  const limit = request.max_results ?? limits.page.audit.default
  if (limit < 1 || limit > limits.page.audit.max) throw invalid(`max_results must be between 1 and ${limits.page.audit.max}.`)
  const entries = await selectEntries(tx, {
    entity: request.entity, entity_name: request.entity_uid === undefined ? request.entity_name : undefined, entity_uid: request.entity_uid, action: request.action,
    version: request.version === undefined ? undefined : wholeNumber('version', request.version),
    before: readToken(request.page_token), workspace: request.workspace, gone: request.gone,
    limit: limit + 1,
  })
  const page = entries.slice(0, limit)
  return entries.length > limit ? { entries: page, next_page_token: encodePageToken({ before: Number(page.at(-1)!.entry_id) }) } : { entries: page }
})

/** The entry that the page before ended with. */
function readToken(token: string | undefined): number | undefined {
  const state = decodePageToken(token)
  if (state !== undefined && !Number.isSafeInteger(state['before'])) throw invalidPageToken(state)
  return state?.['before'] as number | undefined
}

/** A whole number that came as text. */
export function wholeNumber(parameter: string, text: string): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : NaN
  if (!Number.isSafeInteger(number)) throw invalid(`Parameter '${parameter}' must be an integer, got '${text}'.`)
  return number
}

/** Files are no rows: that somebody deletes some is written down before it is done. */
export const recordDeletedFiles = write('audit.deletedFiles', async (tx, { author, run_id, path }: { author: Author; run_id: string | undefined; path: string }): Promise<void> => {
  await recordChange(tx, author, { entity: 'artifact', uid: run_id === undefined ? `artifact:${path}` : `run:${run_id}`, name: run_id ?? path, action: 'delete', item: path })
})

/** A file that others may have read is replaced: written down before it is done. Bytes; `after` where the request says how many come. */
export const recordReplacedFile = write('audit.replacedFile', async (tx, { author, run_id, path, before, after }: { author: Author; run_id: string | undefined; path: string; before: { size: number; etag: string }; after: number | undefined }): Promise<void> => {
  await recordChange(tx, author, {
    entity: 'artifact', uid: run_id === undefined ? `artifact:${path}` : `run:${run_id}`, name: run_id ?? path, action: 'overwrite', item: path, before, ...(after !== undefined && { after: { size: after } }),
  })
})

export const auditOperations: AnyOperation[] = [listEntries, recordDeletedFiles, recordReplacedFile]
