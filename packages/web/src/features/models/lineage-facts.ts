import type { LoggedModel, ModelVersion, Run, ServingEndpoint } from '@cairn/protocol'
import type { CairnClient } from '@cairn/sdk'
import type { href as addresses } from '../../app/router.ts'
import { words } from './words.ts'

/** What is known of where something came from and what came of it. */
export interface LineageFacts {
  readonly runs: readonly Run[]
  readonly models: readonly LoggedModel[]
  readonly versions: readonly ModelVersion[]
  readonly endpoints: readonly ServingEndpoint[]
}

export interface LineagePart {
  readonly id: string
  readonly title: string
  readonly note: string
  readonly href?: string
  /** What this page is about. */
  readonly here?: boolean
}

export interface LineageGraph {
  readonly parts: readonly LineagePart[]
  readonly links: readonly (readonly [string, string])[]
}

export const lineageId = {
  run: (id: string): string => `run ${id}`,
  model: (id: string): string => `model ${id}`,
  version: (name: string, version: string): string => `version ${name} ${version}`,
  endpoint: (name: string): string => `endpoint ${name}`,
}

/** Dataset → run → model → version → endpoint: a box for each, `here` the one that the page is about. */
export function lineageOf({ runs, models, versions, endpoints }: LineageFacts, here: string, href: Pick<typeof addresses, 'run' | 'loggedModel' | 'version' | 'endpoint'>): LineageGraph {
  const parts = new Map<string, LineagePart>()
  const links = new Map<string, readonly [string, string]>()
  const add = (part: LineagePart): void => { if (!parts.has(part.id)) parts.set(part.id, part.id === here ? { ...part, here: true } : part) }
  const link = (from: string, to: string): void => { if (parts.has(from) && parts.has(to)) links.set(`${from}\n${to}`, [from, to]) }
  const named = new Map(models.map(({ info }) => [info.model_id, info.name]))
  for (const { info, inputs, outputs } of runs) {
    const id = lineageId.run(info.run_id)
    add({ id, title: info.run_name ?? info.run_id, note: words.noteRun, href: href.run(info.run_id) })
    for (const { dataset } of inputs.dataset_inputs ?? []) {
      const key = `dataset ${dataset.name} ${dataset.digest}`
      add({ id: key, title: dataset.name, note: words.noteDataset(dataset.digest) })
      link(key, id)
    }
    for (const { model_id } of inputs.model_inputs ?? []) {
      add({ id: lineageId.model(model_id), title: named.get(model_id) ?? model_id, note: words.modelUsed, href: href.loggedModel(model_id) })
      link(lineageId.model(model_id), id)
    }
    for (const { model_id } of outputs?.model_outputs ?? []) {
      add({ id: lineageId.model(model_id), title: named.get(model_id) ?? model_id, note: words.modelLower, href: href.loggedModel(model_id) })
      link(id, lineageId.model(model_id))
    }
  }
  for (const { info } of models) {
    add({ id: lineageId.model(info.model_id), title: info.name, note: words.modelLower, href: href.loggedModel(info.model_id) })
    if (info.source_run_id) link(lineageId.run(info.source_run_id), lineageId.model(info.model_id))
  }
  for (const { name, version, aliases = [], model_id, run_id } of versions) {
    const id = lineageId.version(name, version)
    add({ id, title: `${name} ${version}`, note: [words.noteVersion, ...aliases.map((alias) => `@${alias}`)].join(' '), href: href.version(name, version) })
    if (model_id && parts.has(lineageId.model(model_id))) link(lineageId.model(model_id), id)
    else if (run_id) link(lineageId.run(run_id), id)
  }
  for (const { name, model_name, traffic, rollout, shadow } of endpoints) {
    const id = lineageId.endpoint(name)
    const served = [...traffic.map(({ version }) => version), rollout?.version, shadow?.version].filter((version) => version !== undefined)
    if (id !== here && !served.some((version) => parts.has(lineageId.version(model_name, version)))) continue
    add({ id, title: name, note: rollout === undefined ? words.noteEndpoint : words.endpointTries(rollout.version), href: href.endpoint(name) })
    for (const version of served) link(lineageId.version(model_name, version), id)
  }
  return { parts: [...parts.values()], links: [...links.values()] }
}

const most = { models: 60, versions: 100, served: 20 }

/** From where one begins to look. */
export interface LineageStart {
  readonly run?: Run | undefined
  readonly model?: LoggedModel | undefined
  readonly version?: ModelVersion | undefined
  readonly endpoint?: ServingEndpoint | undefined
}

/** Reads what belongs to it, as far as whoever looks may see it. */
export async function gatherLineage(client: CairnClient, { run, model, version, endpoint }: LineageStart): Promise<LineageFacts> {
  const quietly = <T>(promise: Promise<T>): Promise<T | undefined> => promise.catch(() => undefined)
  const versions: ModelVersion[] = []
  if (version !== undefined) versions.push(version)
  if (run !== undefined) versions.push(...(await client.models.searchVersionsPage({ filter: `run_id = '${run.info.run_id.replaceAll("'", "''")}'`, max_results: most.versions })).items)
  const wanted = [
    ...(model?.info.registrations ?? []).map(({ name, version: number }) => [name, number] as const),
    ...(endpoint === undefined || endpoint.model_name === '' ? [] : [...new Set([...endpoint.traffic.map((target) => target.version), endpoint.rollout?.version, endpoint.shadow?.version])].flatMap((number) => (number === undefined ? [] : [[endpoint.model_name, number] as const]))),
  ]
  for (const found of await Promise.all(wanted.slice(0, most.served).map(([name, number]) => quietly(client.models.getVersion(name, number))))) if (found !== undefined) versions.push(found)
  // A search answers versions without their aliases.
  const names = [...new Set(versions.map(({ name }) => name))]
  const [registered, served] = await Promise.all([
    Promise.all(names.map((name) => quietly(client.models.get(name)))), endpoint !== undefined ? [[endpoint]] : Promise.all(names.slice(0, most.served).map(async (name) => (await quietly(client.endpoints.listPage({ model_name: name })))?.items ?? [])),
  ])
  const aliased = versions.map((one) => ({ ...one, aliases: (registered.find((found) => found?.name === one.name)?.aliases ?? []).filter((alias) => alias.version === one.version).map(({ alias }) => alias) }))
  const runIds = new Set([...versions.map(({ run_id }) => run_id), model?.info.source_run_id].filter((id) => id !== undefined && id !== '' && id !== run?.info.run_id) as string[])
  const runs = [...(run === undefined ? [] : [run]), ...(await Promise.all([...runIds].slice(0, most.served).map((id) => quietly(client.runs.get(id))))).filter((one) => one !== undefined)]
  const ofRun = run === undefined ? [] : [...(run.outputs?.model_outputs ?? []), ...(run.inputs.model_inputs ?? [])].map(({ model_id }) => model_id)
  const modelIds = new Set([...ofRun, ...versions.map(({ model_id }) => model_id)].filter((id) => id !== undefined && id !== '' && id !== model?.info.model_id) as string[])
  const models = [...(model === undefined ? [] : [model]), ...(await Promise.all([...modelIds].slice(0, most.models).map((id) => quietly(client.loggedModels.get(id))))).filter((one) => one !== undefined)]
  // Of the runs of versions, only what led to those versions.
  const shown = new Set(models.map(({ info }) => info.model_id))
  const told = runs.map((one) => (one === run ? one : { ...one, outputs: { model_outputs: (one.outputs?.model_outputs ?? []).filter(({ model_id }) => shown.has(model_id)) } }))
  return { runs: told, models, versions: aliased, endpoints: served.flat() }
}
