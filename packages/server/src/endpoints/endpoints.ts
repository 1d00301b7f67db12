import { CairnError, decodePageToken, encodePageToken, invalid, invalidPageToken, limits, notFound, rolloutStep, type EndpointServer, type RequestOf, type ServingEndpoint } from '@cairn/protocol'
import type * as api from '@cairn/protocol'
import { recordChange, type Author } from '../audit/index.ts'
import { read, write, type Reader, type Writer } from '../platform/db/index.ts'
import type { Visibility } from '../users/index.ts'
import { aliasVersion, highestVersion, requireModel, selectModelByUid, type ModelName, type ModelRow } from '../registry/index.ts'
import { deleteEndpointRows, insertEndpoint, selectEndpoint, selectEndpoints, selectServers, updateEndpoint, type EndpointRow } from './endpoints-store.ts'
import { loadOf } from './load.ts'
import { checkHeader, checkShadow, checkTraffic, checkRollout, resolve, type EndpointState, type Rollout } from './state.ts'

/** A process that was silent for so long is not listed. */
export const silentMs = 60_000
/** What one saw of a step is kept apart for so long, so that it is not counted twice when it comes back. */
export const forgottenMs = 3_600_000

export type Authored<E> = RequestOf<E> & { readonly workspace: number; readonly author: Author }
export interface Served { readonly endpoint: ServingEndpoint }

export async function requireEndpoint(tx: Reader, at: ModelName): Promise<EndpointRow> {
  const row = await selectEndpoint(tx, at)
  if (row === undefined) throw notFound(`Endpoint with name=${at.name} not found.`)
  return row
}

/** An endpoint as clients see it: with what its aliases point at now. */
export async function toEndpoint(tx: Reader, row: EndpointRow): Promise<ServingEndpoint> {
  const model = await selectModelByUid(tx, row.model_uid)
  const { traffic, salt, shadow, rollout, sticky_header } = row.state
  const resolved = async <T extends { version?: string; alias?: string }>(target: T): Promise<T> => {
    const version = await resolve(tx, model, target)
    const { version: _, ...rest } = target
    return { ...rest, ...(version !== undefined && { version }) } as T
  }
  const served: ServingEndpoint['traffic'] = []
  for (const target of traffic) served.push(await resolved(target))
  return {
    name: row.name, model_name: model?.name ?? '', revision: row.revision, traffic: served, salt,
    creation_timestamp: row.creation_time, last_updated_timestamp: row.last_updated_time, updated_by: row.updated_by,
    ...(row.description !== null && { description: row.description }), ...(shadow !== undefined && { shadow: await resolved(shadow) }),
    ...(rollout !== undefined && { rollout }), ...(sticky_header !== undefined && { sticky_header }), ...(row.reason !== null && { reason: row.reason }),
  }
}

/** A process that was silent for so long is waited for by nobody. */
const quietMs = 10_000

/** Those heard of in the last minute; in a rollout also those that are silent, for what they saw of its step. */
async function serversOf(tx: Reader, { endpoint_id, state }: EndpointRow, now: number): Promise<EndpointServer[]> {
  const step = rolloutStep(state)
  const servers = await selectServers(tx, endpoint_id, now - (step === undefined ? silentMs : forgottenMs))
  return servers.filter((server) => Number(server.seen_timestamp) >= now - silentMs || server.step === step)
    .map((server) => ({ ...server, silent: Number(server.seen_timestamp) < now - quietMs }))
}

export const readEndpoint = read('endpoints.get', async (tx, { now, ...at }: ModelName & { now: number }): Promise<Served> => {
  const row = await requireEndpoint(tx, at)
  const servers = await serversOf(tx, row, now)
  const { decider, decider_until, ended, state } = row
  return {
    endpoint: {
      ...await toEndpoint(tx, row), servers, load: loadOf(servers, now),
      ...(state.rollout !== undefined && {
        ...(decider !== null && (decider_until ?? 0) > now && { decider }), ...(ended?.step === rolloutStep(state) && ended !== null && { ended }),
      }),
    },
  }
})

/** The name of the model that an endpoint serves; undefined where there is no such endpoint, or its model is gone. */
export const modelOfEndpoint = read('endpoints.model', async (tx, at: ModelName): Promise<string | undefined> => (await factsOf(tx, at))?.model)
export const endpointFacts = read('endpoints.facts', (tx, at: ModelName) => factsOf(tx, at))

async function factsOf(tx: Reader, at: ModelName): Promise<{ uid: string; model: string } | undefined> {
  const row = await selectEndpoint(tx, at)
  const model = row && (await selectModelByUid(tx, row.model_uid))?.name
  return model === undefined ? undefined : { uid: row!.uid, model }
}

export const listEndpoints = read('endpoints.list', async (tx, request: RequestOf<typeof api.listServingEndpoints> & { readonly workspace: number; readonly now: number; readonly visible?: Visibility | undefined }) => {
  const { workspace } = request
  const { default: usual, max } = limits.page.servingEndpoints
  const limit = request.max_results ?? usual
  if (limit < 1 || limit > max) throw invalid(`max_results must be between 1 and ${max}.`)
  const token = decodePageToken(request.page_token)
  const after = token?.['after']
  if (token !== undefined && typeof after !== 'string') throw invalidPageToken(token)
  const model = request.model_name ? await requireModel(tx, { workspace, name: request.model_name }) : undefined
  const rows = await selectEndpoints(tx, { workspace, modelUid: model?.uid, after: after as string | undefined, limit: limit + 1, visible: request.visible })
  const endpoints: ServingEndpoint[] = []
  for (const row of rows.slice(0, limit)) {
    endpoints.push({ ...await toEndpoint(tx, row), ...(request.with_load === true && { load: loadOf(await serversOf(tx, row, request.now), request.now) }) })
  }
  return { endpoints, ...(rows.length > limit && { next_page_token: encodePageToken({ after: endpoints.at(-1)!.name }) }) }
})

const mostReason = 5000
export function checkReason(reason: string | undefined): string | null {
  if (reason !== undefined && reason.length > mostReason) throw invalid(`A reason has at most ${mostReason} characters, got ${reason.length}.`)
  return reason || null
}

export const createEndpoint = write('endpoints.create', async (tx, input: Authored<typeof api.createServingEndpoint> & { uid: string }): Promise<Served> => {
  const { name, author, uid } = input
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name) || name.length > limits.endpointNameLength) {
    throw invalid(`'${name.slice(0, 100)}' is no name for an endpoint: letters, digits, ".", "_" and "-", ${limits.endpointNameLength} at most, the first a letter or a digit.`)
  }
  const reason = checkReason(input.reason)
  if ((input.description?.length ?? 0) > limits.modelDescriptionLength) throw invalid(`A description has at most ${limits.modelDescriptionLength} characters.`)
  if (await selectEndpoint(tx, input)) throw new CairnError('RESOURCE_ALREADY_EXISTS', `Endpoint (name=${name}) already exists. Change it, or choose another name.`)
  const model = await requireModel(tx, { workspace: input.workspace, name: input.model_name })
  const traffic = input.traffic === undefined || input.traffic.length === 0 ? [await usualTarget(tx, model)] : await checkTraffic(tx, model, input.traffic)
  const shadow = input.shadow && await checkShadow(tx, model, input.shadow)
  const header = checkHeader(input.sticky_header ?? '')
  const state: EndpointState = { traffic, salt: uid, ...(shadow !== undefined && { shadow }), ...(header !== undefined && { sticky_header: header }) }
  const row = {
    uid, name, model_uid: model.uid, description: input.description || null, revision: 1, state,
    creation_time: author.now, last_updated_time: author.now, updated_by: author.principal, reason, workspace_id: input.workspace,
  }
  await insertEndpoint(tx, row)
  await recordChange(tx, author, { entity: 'endpoint', uid, name, action: 'create', after: { model_name: model.name, ...state, ...(reason !== null && { reason }) } })
  return { endpoint: await toEndpoint(tx, { ...row, endpoint_id: 0, decider: null, decider_until: null, ended: null }) }
})

async function usualTarget(tx: Reader, model: ModelRow) {
  if (await aliasVersion(tx, model, 'champion') !== undefined) return { alias: 'champion', weight: 100 }
  const latest = await highestVersion(tx, model)
  if (latest === undefined) throw invalid(`Model '${model.name}' has no version that could be served. Register one first.`)
  return { version: String(latest.version), weight: 100 }
}

export const deleteEndpoint = write('endpoints.delete', async (tx, input: Authored<typeof api.deleteServingEndpoint>) => {
  const row = await requireEndpoint(tx, input)
  const reason = checkReason(input.reason)
  await deleteEndpointRows(tx, row.endpoint_id)
  await recordChange(tx, input.author, { entity: 'endpoint', uid: row.uid, name: row.name, action: 'delete', before: row.state, ...(reason !== null && { after: { reason } }) })
  return {}
})

/** Refuses a change that was made with an older state in view. */
export async function endpointToChange(tx: Reader, { revision, ...at }: ModelName & { readonly revision?: number | bigint | undefined }): Promise<{ row: EndpointRow; model: ModelRow }> {
  const row = await requireEndpoint(tx, at)
  const { name } = row
  if (revision !== undefined && Number(revision) !== row.revision) {
    throw new CairnError('RESOURCE_CONFLICT', `Endpoint ${name} was changed meanwhile: its revision is ${row.revision}, not ${revision}.`)
  }
  const model = await selectModelByUid(tx, row.model_uid)
  if (model === undefined) throw new CairnError('RESOURCE_CONFLICT', `The model of endpoint ${name} was deleted.`)
  return { row, model }
}

export interface ChangeOf {
  readonly action: string
  readonly state: EndpointState
  readonly author: Author
  readonly reason: string | null
  readonly version?: string | undefined
  /** What else the change did, for going back: the alias that it moved. */
  readonly moved?: { readonly alias: string; readonly from: string | undefined; readonly to: string | undefined } | undefined
}

/** Stores the next state of an endpoint, with who changed it and why. */
export async function changeEndpoint(tx: Writer, row: EndpointRow, { action, state, author, reason, version, moved }: ChangeOf): Promise<Served> {
  const next: EndpointRow = { ...row, state, revision: row.revision + 1, last_updated_time: author.now, updated_by: author.principal, reason }
  if (!await updateEndpoint(tx, next)) throw new CairnError('RESOURCE_CONFLICT', `Endpoint ${row.name} was changed meanwhile.`)
  await recordChange(tx, author, {
    entity: 'endpoint', uid: row.uid, name: row.name, action, ...(version !== undefined && { version: Number(version) }), before: row.state,
    after: { ...state, ...(reason !== null && { reason }), ...(moved !== undefined && { moved }) },
  })
  return { endpoint: await toEndpoint(tx, next) }
}

export const setTraffic = write('endpoints.setTraffic', async (tx, input: Authored<typeof api.setServingTraffic>): Promise<Served> => {
  const { author } = input
  const { row, model } = await endpointToChange(tx, input)
  const reason = checkReason(input.reason)
  if (input.traffic === undefined && input.rollout === undefined && input.shadow === undefined && input.sticky_header === undefined && input.pause === undefined) {
    throw invalid('Nothing to change was given: traffic, rollout, shadow, sticky_header or pause.')
  }
  const { rollout: before, shadow: beforeShadow, sticky_header: beforeHeader, ...rest } = row.state
  const traffic = input.traffic === undefined ? rest.traffic : await checkTraffic(tx, model, input.traffic)
  const shadow = input.shadow === undefined ? beforeShadow : await checkShadow(tx, model, input.shadow)
  const header = input.sticky_header === undefined ? beforeHeader : checkHeader(input.sticky_header)
  const planned = input.rollout === undefined ? (input.traffic === undefined ? before : undefined) : await checkRollout(tx, model, traffic, input.rollout, author.now)
  const rollout = input.pause === undefined ? planned : paused(row.name, planned, input.pause)
  const state: EndpointState = {
    // Another rollout tries other clients.
    traffic, salt: input.rollout === undefined ? rest.salt : `${row.uid}-${row.revision + 1}`,
    ...(shadow !== undefined && { shadow }), ...(header !== undefined && { sticky_header: header }), ...(rollout !== undefined && { rollout }),
  }
  const action = input.traffic !== undefined ? 'set_traffic' : input.rollout !== undefined ? 'start_rollout' : input.pause === undefined ? 'configure' : input.pause ? 'pause_rollout' : 'resume_rollout'
  return changeEndpoint(tx, row, { action, state, author, reason, version: action === 'set_traffic' || action === 'configure' ? undefined : rollout?.version })
})

function paused(name: string, rollout: Rollout | undefined, pause: boolean): Rollout {
  if (rollout === undefined) throw new CairnError('RESOURCE_CONFLICT', `Endpoint ${name} tries no version at the moment, so there is nothing to ${pause ? 'pause' : 'resume'}.`)
  const { paused: _, ...rest } = rollout
  return { ...rest, ...(pause && { paused: true }) }
}
