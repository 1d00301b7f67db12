import { CairnError, invalid, notFound, workspaceDeletionModes, type Workspace, type WorkspaceDeletionMode } from '@cairn/protocol'
import { moveEntries, recordChange, type Author } from '../audit/index.ts'
import { read, write, type Awaitable, type Reader, type Writer } from '../platform/db/index.ts'
import { defaultWorkspace } from './current.ts'
import { deleteWorkspaceRow, insertWorkspace, selectWorkspace, selectWorkspaces, toWorkspace, updateWorkspaceRow, workspaceName, type WorkspaceRow } from './workspaces-store.ts'

const pattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const reserved = new Set(['workspaces', 'api', 'ajax-api', 'static-files'])

export function checkWorkspaceName(name: string): void {
  const length = [...name].length
  if (length < 2 || length > 63) throw invalid(`Workspace name '${name}' must be between 2 and 63 characters.`)
  if (!pattern.test(name)) throw invalid(`Workspace name '${name}' must match the pattern ${pattern.source} (lowercase alphanumeric with optional internal hyphens).`)
  if (reserved.has(name)) throw invalid(`Workspace name '${name}' is reserved and cannot be used.`)
}

/** For requests that name one which may be the default one. */
export function checkKnownName(name: string): void {
  if (name !== defaultWorkspace.name) checkWorkspaceName(name)
}

export const missingWorkspace = (name: string): CairnError => notFound(`Workspace '${name}' not found`)

export function deletionMode(text: string | undefined): WorkspaceDeletionMode {
  const mode = workspaceDeletionModes.find((known) => known === (text ?? 'RESTRICT'))
  if (mode === undefined) throw invalid(`Invalid deletion mode '${text}'. Must be one of: ${workspaceDeletionModes.join(', ')}`)
  return mode
}

/** What the slices that keep things in workspaces say of theirs; each names its table as MLflow calls it. */
export interface Kept {
  readonly table: string
  count(tx: Reader, workspace: number): Awaitable<number>
  /** Names that are there in both; empty for what has no unique names. */
  clashes(tx: Reader, workspace: number, other: number): Awaitable<string[]>
  move(tx: Writer, workspace: number, to: number): Awaitable<unknown>
  remove(tx: Writer, workspace: number, author: Author): Awaitable<unknown>
}

export interface WorkspaceHooks {
  readonly kept: readonly Kept[]
  /** A workspace is there: its team gets its rights. */
  created(tx: Writer, name: string): Awaitable<void>
  /** A workspace goes: its roles and limits go with it. */
  deleted(tx: Writer, workspace: { readonly id: number; readonly name: string }): Awaitable<void>
}

export interface WorkspaceTexts {
  readonly description?: string | undefined
  /** "" takes it away. */
  readonly default_artifact_root?: string | undefined
  readonly trace_archival_location?: string | undefined
  readonly trace_archival_retention?: string | undefined
}

async function requireWorkspace(tx: Reader, name: string): Promise<WorkspaceRow> {
  const row = await selectWorkspace(tx, name)
  if (row === undefined) throw missingWorkspace(name)
  return row
}

const audited = ({ id, name }: WorkspaceRow) => ({ entity: 'workspace', uid: `workspace:${id}`, name }) as const

/** What this slice does in the database; what others keep in workspaces is handed in. */
export const workspaceOperations = ({ kept, created, deleted }: WorkspaceHooks) => ({
  find: read('workspaces.find', async (tx, input: { name: string }): Promise<{ id: number; name: string; artifactRoot: string | undefined } | undefined> => {
    const row = await selectWorkspace(tx, input.name)
    return row && { id: row.id, name: row.name, artifactRoot: row.default_artifact_root ?? undefined }
  }),
  /** What is in workspaces other than the one that is always there, in words: nothing of it may be there where they are off. */
  outside: read('workspaces.outside', async (tx, _input: null): Promise<string[]> => {
    const held: string[] = []
    for (const { id } of await selectWorkspaces(tx)) {
      if (id === defaultWorkspace.id) continue
      for (const { table, count } of kept) if (await count(tx, id) > 0) held.push(table.replaceAll('_', ' '))
    }
    return [...new Set(held)]
  }),
  nameOf: read('workspaces.nameOf', (tx, { id }: { id: number }) => workspaceName(tx, id)),
  get: read('workspaces.get', async (tx, input: { name: string }): Promise<Workspace> => toWorkspace(await requireWorkspace(tx, input.name))),
  list: read('workspaces.list', async (tx, _input: null): Promise<Workspace[]> => (await selectWorkspaces(tx)).map(toWorkspace)),
  create: write('workspaces.create', async (tx, input: WorkspaceTexts & { name: string; author: Author }): Promise<Workspace> => {
    const { name, author } = input
    if (await selectWorkspace(tx, name) !== undefined) throw new CairnError('RESOURCE_ALREADY_EXISTS', `Workspace '${name}' already exists.`)
    const row = await insertWorkspace(tx, {
      name, description: input.description ?? null, default_artifact_root: input.default_artifact_root || null,
      trace_archival_location: input.trace_archival_location || null, trace_archival_retention: input.trace_archival_retention || null, creation_time: author.now,
    })
    await created(tx, name)
    await recordChange(tx, author, { ...audited(row), action: 'create', after: toWorkspace(row) })
    return toWorkspace(row)
  }),
  update: write('workspaces.update', async (tx, input: WorkspaceTexts & { name: string; author: Author }): Promise<Workspace> => {
    const before = await requireWorkspace(tx, input.name)
    const changed = (given: string | undefined, old: string | null): string | null => (given === undefined ? old : given || null)
    const row: WorkspaceRow = {
      ...before, description: input.description ?? before.description,
      default_artifact_root: changed(input.default_artifact_root, before.default_artifact_root),
      trace_archival_location: changed(input.trace_archival_location, before.trace_archival_location),
      trace_archival_retention: changed(input.trace_archival_retention, before.trace_archival_retention),
    }
    await updateWorkspaceRow(tx, row)
    await recordChange(tx, input.author, { ...audited(row), action: 'update', before: toWorkspace(before), after: toWorkspace(row) })
    return toWorkspace(row)
  }),
  remove: write('workspaces.remove', async (tx, { name, mode, author }: { name: string; mode: WorkspaceDeletionMode; author: Author }): Promise<void> => {
    const row = await requireWorkspace(tx, name)
    if (mode === 'RESTRICT') {
      for (const { table, count } of kept) {
        const held = await count(tx, row.id)
        if (held > 0) throw new CairnError('INVALID_STATE', `Cannot delete workspace '${name}': table '${table}' still contains ${held} resource(s). Remove or reassign them before deleting the workspace.`)
      }
    }
    if (mode === 'SET_DEFAULT') await moveToDefault(tx, row, kept)
    // What goes is written down where it was: a name there is another thing than the same name elsewhere.
    if (mode === 'CASCADE') for (const { remove } of kept) await remove(tx, row.id, { ...author, workspace: row })
    await deleted(tx, row)
    await deleteWorkspaceRow(tx, row.id)
    await recordChange(tx, author, { ...audited(row), action: 'delete', before: { ...toWorkspace(row), mode } })
  }),
})

export type WorkspaceOperations = ReturnType<typeof workspaceOperations>

async function moveToDefault(tx: Writer, { id, name }: WorkspaceRow, kept: readonly Kept[]): Promise<void> {
  const conflicts: string[] = []
  for (const { table, clashes } of kept) conflicts.push(...(await clashes(tx, id, defaultWorkspace.id)).map((taken) => `  - ${table}: '${taken}'`))
  if (conflicts.length > 0) {
    throw new CairnError('INVALID_STATE', `Cannot reassign resources from workspace '${name}' to 'default': the following names already exist in the default workspace and would cause conflicts:\n${conflicts.join('\n')}\nRename or remove the conflicting resources before retrying.`)
  }
  for (const { move } of kept) await move(tx, id, defaultWorkspace.id)
  await moveEntries(tx, id, defaultWorkspace.id)
}
