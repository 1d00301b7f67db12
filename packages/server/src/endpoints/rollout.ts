import { CairnError, invalid, notFound } from '@cairn/protocol'
import type * as api from '@cairn/protocol'
import { findChange, type Author } from '../audit/index.ts'
import { write, type Writer } from '../platform/db/index.ts'
import { aliasActions, aliasVersion, selectVersion, setAlias, setVersionTag, type ModelRow } from '../registry/index.ts'
import { changeEndpoint, checkReason, endpointToChange, type Authored, type ChangeOf, type Served } from './endpoints.ts'
import type { EndpointRow } from './endpoints-store.ts'
import { requireVersion, type EndpointState } from './state.ts'

/** The tag in which a version keeps how its rollout ended, as `cairn models serve --canary-alias` writes it. */
const rolloutTag = 'cairn.rollout'
/** Changes of who gets the traffic; going back undoes the last of them. */
const undoable = ['set_traffic', 'promote', 'rollback']

interface Ending {
  readonly tx: Writer
  readonly row: EndpointRow
  readonly model: ModelRow
  readonly author: Author
  readonly reason: string | null
}

function without(state: EndpointState): EndpointState {
  const { rollout: _, ...rest } = state
  return rest
}
/** The alias that an endpoint follows with all its traffic. */
const followed = ({ traffic }: EndpointState): string | undefined => (traffic.length === 1 ? traffic[0]!.alias : undefined)

async function promote({ tx, row, model, author, reason }: Ending, version: string): Promise<Served> {
  const alias = followed(row.state)
  const change: ChangeOf = { action: 'promote', state: { ...without(row.state), ...(alias === undefined && { traffic: [{ version, weight: 100 }] }) }, author, reason, version }
  await noteEnd({ tx, row, model, author, reason }, 'promoted')
  if (alias === undefined) return changeEndpoint(tx, row, change)
  const from = await aliasVersion(tx, model, alias)
  await setAlias(tx, { workspace: model.workspace_id, name: model.name, alias, version, author })
  return changeEndpoint(tx, row, { ...change, moved: { alias, from: from === undefined ? undefined : String(from), to: version } })
}

async function stopRollout(ending: Ending): Promise<Served> {
  const { row, author, reason } = ending
  await noteEnd(ending, 'rolled back')
  return changeEndpoint(ending.tx, row, { action: 'stop_rollout', state: without(row.state), author, reason, version: row.state.rollout!.version })
}

/** Writes to the version that was tried how it ended, so that the model's own audit has it too. */
async function noteEnd({ tx, row, model, author, reason }: Ending, outcome: string): Promise<void> {
  const { rollout } = row.state
  if (rollout === undefined || !await selectVersion(tx, model, Number(rollout.version))) return
  await setVersionTag(tx, { workspace: model.workspace_id, name: model.name, version: rollout.version, key: rolloutTag, value: `${outcome} at ${row.name}: ${reason ?? 'no reason was given'}`, author })
}

export const promoteEndpoint = write('endpoints.promote', async (tx, input: Authored<typeof api.promoteServingEndpoint>): Promise<Served> => {
  const { row, model } = await endpointToChange(tx, input)
  const version = input.version || row.state.rollout?.version
  if (version === undefined) throw invalid(`Endpoint ${row.name} tries no version at the moment. Say which one gets all the traffic.`)
  await requireVersion(tx, model, { version }, 'The promotion')
  return promote({ tx, row, model, author: input.author, reason: checkReason(input.reason) }, version)
})

export const judgeRollout = write('endpoints.judge', async (tx, input: Authored<typeof api.judgeServingRollout>): Promise<Served> => {
  const { row, model } = await endpointToChange(tx, input)
  const { rollout } = row.state
  if (rollout === undefined) throw new CairnError('RESOURCE_CONFLICT', `Endpoint ${row.name} tries no version at the moment.`)
  const ending = { tx, row, model, author: input.author, reason: checkReason(input.reason) }
  if (input.outcome === 'fail') return stopRollout(ending)
  // One that lost the decision to another while it was adding up must not decide.
  if (!input.server_id || row.decider !== input.server_id || (row.decider_until ?? 0) <= input.author.now) {
    throw new CairnError('RESOURCE_CONFLICT', `${input.server_id ? `Process ${input.server_id.slice(0, 100)}` : 'Who says nothing of itself'} does not decide about endpoint ${row.name} at the moment.`)
  }
  if (rollout.paused === true) throw new CairnError('RESOURCE_CONFLICT', `The rollout of endpoint ${row.name} is paused.`)
  const step = rollout.step + 1
  if (step >= rollout.steps.length) {
    await requireVersion(tx, model, { version: rollout.version }, 'The promotion')
    return promote(ending, rollout.version)
  }
  return changeEndpoint(tx, row, { action: 'advance_rollout', state: { ...row.state, rollout: { ...rollout, step } }, author: input.author, reason: ending.reason, version: rollout.version })
})

export const rollBackEndpoint = write('endpoints.rollback', async (tx, input: Authored<typeof api.rollBackServingEndpoint>): Promise<Served> => {
  const { row, model } = await endpointToChange(tx, input)
  const { author } = input
  const reason = checkReason(input.reason)
  if (input.entry_id && !/^\d{1,15}$/.test(input.entry_id)) throw invalid(`Parameter 'entry_id' must be an integer, got '${input.entry_id.slice(0, 40)}'.`)
  const ending = { tx, row, model, author, reason }
  if (row.state.rollout !== undefined && !input.entry_id) return stopRollout(ending)
  const entryId = input.entry_id ? Number(input.entry_id) : undefined
  const change = await findChange(tx, { uid: row.uid, actions: undoable, ...(entryId !== undefined && { entryId }) })
  // An endpoint that follows an alias was changed by whoever moved the alias.
  const alias = followed(row.state)
  const moved = alias === undefined ? undefined : await findChange(tx, { uid: model.uid, actions: aliasActions, item: alias, ...(entryId !== undefined && { entryId }) })
  if (moved !== undefined && (change === undefined || moved.entry_id > change.entry_id)) {
    return changeEndpoint(tx, row, { action: 'rollback', state: without(row.state), author, reason, moved: await moveAlias(ending, alias!, (moved.before as { version: string } | undefined)?.version) })
  }
  if (change === undefined) {
    throw notFound(input.entry_id ? `Entry ${input.entry_id} is no change of the traffic of endpoint ${row.name}.` : `There is no change of the traffic of endpoint ${row.name} to undo.`)
  }
  const before = without(change.before as EndpointState)
  const undone = (change.after as { moved?: { alias: string; from?: string } }).moved
  const move = undone === undefined ? undefined : await moveAlias(ending, undone.alias, undone.from)
  for (const target of before.traffic) {
    if (target.version !== undefined) await requireVersion(tx, model, { version: target.version }, 'The traffic from before')
  }
  return changeEndpoint(tx, row, { action: 'rollback', state: { ...without(row.state), traffic: before.traffic }, author, reason, moved: move })
})

async function moveAlias({ tx, model, author }: Ending, alias: string, version: string | undefined): Promise<NonNullable<ChangeOf['moved']>> {
  const from = await aliasVersion(tx, model, alias)
  if (version === undefined) throw new CairnError('RESOURCE_CONFLICT', `The alias ${alias} of model ${model.name} pointed nowhere before that change, so there is nothing to serve.`)
  if (!await selectVersion(tx, model, Number(version))) throw new CairnError('RESOURCE_CONFLICT', `The alias ${alias} pointed at version ${version} of model ${model.name}, which was deleted since.`)
  if (from !== Number(version)) await setAlias(tx, { workspace: model.workspace_id, name: model.name, alias, version, author })
  return { alias, from: from === undefined ? undefined : String(from), to: version }
}
