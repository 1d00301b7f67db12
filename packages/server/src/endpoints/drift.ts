import { CairnError, driftDefaults, driftPolicyRule, driftTag, invalid, isDriftPolicy, judgeColumn, limits, parseDriftPolicy, partsOf, type ColumnDrift, type DriftPolicy, type DriftState, type ProfileColumn, type RequestOf, type ServedRows, type VersionDrift, type VersionProfile } from '@cairn/protocol'
import type * as api from '@cairn/protocol'
import { read, write, type Reader, type Writer } from '../platform/db/index.ts'
import { checkColumns, modelTag, profileOf, putProfile, requireModel, selectModelByUid, selectVersion, type ModelName, type ModelRow } from '../registry/index.ts'
import { requireEndpoint, toEndpoint } from './endpoints.ts'
import { selectEndpoints, type EndpointRow } from './endpoints-store.ts'
import { addCounted, sumOfCounts, windowMs } from './windows.ts'
import { selectWindows, type Window } from './windows-store.ts'

const hourMs = 3_600_000
/** How far the clock of a process may be from this one's. */
const aheadMs = 600_000
const lateMs = 2 * hourMs

type Asked = Partial<DriftPolicy> & { readonly max_columns?: number; readonly now: number }

/** What is asked for, else what the model's tag says, else what is usual. */
async function policyOf(tx: Reader, model: ModelRow, { possible, drifted, min_rows }: Partial<DriftPolicy>): Promise<{ policy: DriftPolicy; said: { tag_problem?: string } }> {
  const tag = await modelTag(tx, model, driftTag)
  const tagged = tag === undefined ? { policy: {} } : parseDriftPolicy(tag)
  const policy = { ...driftDefaults, ...('policy' in tagged && tagged.policy), ...(possible !== undefined && { possible }), ...(drifted !== undefined && { drifted }), ...(min_rows !== undefined && { min_rows }) }
  if (isDriftPolicy(policy)) return { policy, said: 'problem' in tagged ? { tag_problem: tagged.problem } : {} }
  throw invalid(`${driftPolicyRule}; got possible=${policy.possible}, drifted=${policy.drifted}, min_rows=${policy.min_rows}.`)
}

type Reported = RequestOf<typeof api.reportServedRows> & { readonly workspace: number; readonly now: number; readonly principal: string; readonly uids: readonly string[] }

/** What a process counted of its versions; what cannot be added to anything is left out, for the process goes on anyway. */
export const reportRows = write('endpoints.reportRows', async (tx, { workspace, name, server_id, versions, now, principal, uids }: Reported) => {
  const row = await requireEndpoint(tx, { workspace, name })
  const model = await selectModelByUid(tx, row.model_uid)
  if (server_id.length > limits.endpointNameLength) throw invalid(`A server_id has at most ${limits.endpointNameLength} characters, got ${server_id.length}.`)
  if (versions.length > limits.endpointTargets) throw invalid(`A process tells of at most ${limits.endpointTargets} versions, got ${versions.length}.`)
  const heard: { version: string; profile_uid?: string; learned?: boolean }[] = []
  for (const [at, said] of versions.entries()) {
    const version = model && /^[1-9]\d{0,14}$/.test(said.version) ? await selectVersion(tx, model, Number(said.version)) : undefined
    if (version === undefined) {
      heard.push({ version: said.version })
      continue
    }
    const profile = await profileOf(tx, version, workspace)
    if (profile === undefined && said.first !== undefined) {
      const learned: VersionProfile = { profile_uid: uids[at]!, source: 'served', rows: Number(said.rows ?? 0), columns: checkColumns(said.first, Number(said.rows ?? 0)), creation_timestamp: now, created_by: principal, of: name }
      await putProfile(tx, version, learned)
      heard.push({ version: said.version, profile_uid: learned.profile_uid, learned: true })
      continue
    }
    if (profile !== undefined && said.counts !== undefined && said.profile_uid === profile.profile_uid) await add(tx, row, { said, profile, server_id, now })
    heard.push({ version: said.version, ...(profile !== undefined && { profile_uid: profile.profile_uid }) })
  }
  return { versions: heard }
})

async function add(tx: Writer, { endpoint_id }: EndpointRow, { said, profile, server_id, now }: { readonly said: ServedRows; readonly profile: VersionProfile; readonly server_id: string; readonly now: number }): Promise<void> {
  const [rows, skipped, seq, since] = [said.rows, said.skipped, said.seq, said.since].map((value) => Number(value ?? 0)) as [number, number, number, number]
  const counts = said.counts!.map(Number)
  const parts = profile.columns.reduce((sum, column) => sum + partsOf(column), 0)
  if (counts.length !== parts || ![rows, skipped, seq, ...counts].every((count) => Number.isSafeInteger(count) && count >= 0)) throw invalid(`The profile of version ${said.version} has ${parts} parts; what was counted has ${counts.length}, each a whole number.`)
  if (since > now + aheadMs || since < now - lateMs) throw new CairnError('RESOURCE_CONFLICT', `What was counted began at ${new Date(since).toISOString()}, and it is ${new Date(now).toISOString()} here: the clocks differ by too much.`)
  await addCounted(tx, { endpointId: endpoint_id, version: Number(said.version), since, serverId: server_id, seq, profile: profile.profile_uid, rows, skipped, counts }, now)
}

interface Drifts {
  readonly versions: VersionDrift[]
  readonly tag_problem?: string
}

export const endpointDrift = read('endpoints.drift', async (tx, { workspace, name, ...asked }: Asked & ModelName): Promise<Drifts> => {
  const row = await requireEndpoint(tx, { workspace, name })
  const model = await selectModelByUid(tx, row.model_uid)
  if (model === undefined) return { versions: [] }
  const { policy, said } = await policyOf(tx, model, asked)
  return { versions: await driftOf(tx, row, { model, ...asked, policy }), ...said }
})

/** Of that many endpoints of a model; nobody looks at more at once. */
const mostEndpoints = 100

export const modelDrift = read('endpoints.modelDrift', async (tx, { workspace, name, ...asked }: Asked & ModelName & { readonly version?: string }): Promise<Drifts> => {
  const model = await requireModel(tx, { workspace, name })
  const { policy, said } = await policyOf(tx, model, asked)
  const versions: VersionDrift[] = []
  for (const row of await selectEndpoints(tx, { workspace, modelUid: model.uid, after: undefined, limit: mostEndpoints, visible: undefined })) {
    versions.push(...await driftOf(tx, row, { model, ...asked, policy }))
  }
  return { versions, ...said }
})

interface Look {
  readonly model: ModelRow
  readonly version?: string
  readonly policy: DriftPolicy
  readonly max_columns?: number
  readonly now: number
}

/** Of each version that is asked something now. */
async function driftOf(tx: Reader, row: EndpointRow, { model, version, policy, max_columns, now }: Look): Promise<VersionDrift[]> {
  const { name, traffic, rollout, shadow } = await toEndpoint(tx, row)
  const asked = [...new Set([...traffic.filter(({ weight }) => weight > 0).map((one) => one.version), rollout?.version, shadow?.version])].filter((one) => one !== undefined && (version === undefined || one === version))
  const found: VersionDrift[] = []
  for (const one of asked.toSorted((a, b) => Number(a) - Number(b))) {
    const at = await selectVersion(tx, model, Number(one))
    if (at === undefined) continue
    const profile = await profileOf(tx, at, model.workspace_id)
    const windows = profile === undefined ? [] : await recent(tx, { endpointId: row.endpoint_id, version: at.version, profile: profile.profile_uid, least: policy.min_rows, now })
    found.push({ endpoint: name, version: one!, ...judge(profile, windows, policy, max_columns) })
  }
  return found
}

/** What was counted in the last hour; of longer where that is less than what anything can be said of. */
async function recent(tx: Reader, { endpointId, version, profile, least, now }: { endpointId: number; version: number; profile: string; least: number; now: number }): Promise<Window[]> {
  const own = (windows: readonly Window[]): Window[] => windows.filter(({ profile_uid }) => profile_uid === profile)
  const since = now - hourMs - ((now - hourMs) % windowMs)
  const windows = own(await selectWindows(tx, { endpointId, version, since }))
  let rows = rowsOf(windows)
  if (rows >= least) return windows
  for (const window of own(await selectWindows(tx, { endpointId, version, until: since }))) {
    windows.push(window)
    rows += window.rows
    if (rows >= least) break
  }
  return windows
}

const rowsOf = (windows: readonly Window[]): number => windows.reduce((sum, { rows }) => sum + rows, 0)

function judge(profile: VersionProfile | undefined, windows: readonly Window[], policy: DriftPolicy, most = Infinity): Omit<VersionDrift, 'endpoint' | 'version'> {
  const rows = rowsOf(windows)
  const few = rows < policy.min_rows
  const counts = windows.reduce<readonly number[]>((sum, window) => sumOfCounts(sum, window.counts), [])
  const columns = profile === undefined || rows === 0 ? [] : judgeColumns(profile.columns, counts, policy, few)
  const worst = columns[0]?.state
  const [first, last] = [windows.at(-1), windows[0]]
  return {
    state: worst ?? 'none', rows, skipped: windows.reduce((sum, { skipped }) => sum + skipped, 0), ...policy,
    moved: columns.filter(({ state }) => state === 'possible' || state === 'drifted').length, columns: columns.slice(0, Math.max(0, most)),
    ...(first !== undefined && { since_timestamp: first.since, until_timestamp: last!.since + last!.span }),
    ...(profile !== undefined && { reference: { source: profile.source, rows: profile.rows, creation_timestamp: profile.creation_timestamp, created_by: profile.created_by, ...(profile.of !== undefined && { of: profile.of }) } }),
  }
}

const order: readonly DriftState[] = ['drifted', 'possible', 'steady', 'few', 'none']

function judgeColumns(columns: readonly ProfileColumn[], counts: readonly number[], policy: DriftPolicy, few: boolean): ColumnDrift[] {
  let at = 0
  const judged = columns.map(({ counts: reference, ...column }): ColumnDrift => {
    const served = counts.slice(at, at += partsOf(column))
    const { state, distance } = judgeColumn(reference.map(Number), served, policy)
    return { ...column, reference, served, distance: Number(distance.toFixed(4)), state: few ? 'few' : state }
  })
  return judged.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || b.distance - a.distance || (a.name < b.name ? -1 : 1))
}
