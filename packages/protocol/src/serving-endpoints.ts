import { endpoint } from './endpoint.ts'
import { answer, Bool, Double, Empty, Enum, Int32, Int64, List, message, Str, type Static } from './schema.ts'

/** A version of the endpoint's model, by its number or by an alias (the one of the two that is given), and its percent of the requests. */
export const TrafficTarget = message({ weight: Double }, { version: Str, alias: Str })
export type TrafficTarget = Static<typeof TrafficTarget>

/**
 * Shares that a new version gets one after the other, and what it must pass in each. What is left
 * out has the default that stands beside it.
 */
export const RolloutPlan = message({}, {
  /** The version that is tried, by number or alias. One of the two is needed. */
  version: Str,
  alias: Str,
  /** Percents that grow, each above 0 and at most 100; default 10, 50. After the last the version is promoted. */
  steps: List(Double),
  /** Requests that it must have answered in each step, at all processes together; default 100. */
  min_requests: Int32,
  /** How long a step lasts at least; default 30. */
  min_seconds: Double,
  /** How far its share of errors may be above the others', 0 to 1, beyond chance; default 0.01. */
  max_error_increase: Double,
  /** How many times the others' p99 its own may be (and 10 ms more), beyond chance; default 3. */
  max_p99_ratio: Double,
  /** The share of answers, 0 to 1, that may differ from the others', beyond chance. Without it answers are not compared. */
  max_disagreement: Double,
  /** Numbers that differ by no more than this, relative to the larger, are the same answer; default 1e-6. */
  tolerance: Double,
})
export type RolloutPlan = Static<typeof RolloutPlan>

/** A model that is asked too, whose answers are compared and dropped; `sample` is the share of the requests, 0 to 1. */
export const ShadowTarget = message({ sample: Double }, { version: Str, alias: Str })
export type ShadowTarget = Static<typeof ShadowTarget>

const Served = answer({
  weight: Double,
}, {
  /** The number of the version that this stands for now; absent where there is none any more. */
  version: Str,
  /** Where the endpoint follows an alias. */
  alias: Str,
})

const Rollout = answer({
  version: Str,
  /** Counts from 0 to the number of steps less one. */
  step: Int32,
  steps: List(Double),
  min_requests: Int32,
  min_seconds: Double,
  max_error_increase: Double,
  max_p99_ratio: Double,
  tolerance: Double,
  /** Milliseconds since the epoch. */
  started_timestamp: Int64,
}, {
  max_disagreement: Double,
  /** Somebody stopped it where it is: no step passes. One that fails is taken back all the same. */
  paused: Bool,
})

/** What a serving process saw of one version since the traffic last changed. */
export const ServedVersion = message({ version: Str, weight: Double }, {
  ready: Bool,
  requests: Int64,
  errors: Int64,
  /** Milliseconds, of the latest thousand requests. */
  p99_ms: Double,
  /** How long its requests took: bucket, count, bucket, count, … as `latencyOf` says. */
  took: List(Int64),
  /** Answers compared with the others', and those that differed. */
  compared: Int64,
  disagreed: Int64,
  /** Why it is not ready. */
  error: Str,
})
export type ServedVersion = Static<typeof ServedVersion>

/** What a process saw in ten seconds; `since` is when they began, in milliseconds since the epoch. */
export const RecentRequests = message({ since: Int64, requests: Int64 }, {
  errors: Int64,
  /** As in `ServedVersion`. */
  took: List(Int64),
})
export type RecentRequests = Static<typeof RecentRequests>

const report = {
  /** Where it answers. */
  url: Str,
  /** The name of its machine, and what it runs: `cairn 1.2.3`. */
  host: Str,
  software: Str,
  /** The revision of the endpoint that it serves. */
  revision: Int64,
  versions: List(ServedVersion),
  /** Versions without traffic that are ready still. */
  warm: List(Str),
  /** The version that is asked in the shadow, with what was seen of it. */
  shadow: ServedVersion,
  /** The step of a rollout (`rolloutStep`) that what it saw belongs to, and for how many seconds it has sent its share there. */
  step: Str,
  seconds: Double,
  /** The last minutes, the oldest first; tens of seconds without a request are left out. */
  recent: List(RecentRequests),
}

/** A process that serves the endpoint, as it said last. */
export const EndpointServer = answer({
  server_id: Str,
  /** Milliseconds since the epoch. */
  started_timestamp: Int64,
  seen_timestamp: Int64,
}, {
  ...report,
  /** Nothing was heard of it for ten seconds: no step waits for it. */
  silent: Bool,
  /** It may not change the endpoint, so what it says decides nothing and no step waits for it. */
  aside: Bool,
})
export type EndpointServer = Static<typeof EndpointServer>

/** What all processes of an endpoint saw in the last minute, and in the minutes before. */
export const EndpointLoad = answer({
  /** Processes that serve it, without those that are silent. */
  servers: Int32,
  requests_per_second: Double,
  /** 0 to 1. */
  error_rate: Double,
}, {
  /** Milliseconds; absent where nothing was asked. */
  p50_ms: Double,
  p99_ms: Double,
  /** Each ten seconds in which something was asked, the oldest first. */
  recent: List(answer({ since: Int64, requests: Int64, errors: Int64, p50_ms: Double, p99_ms: Double })),
})
export type EndpointLoad = Static<typeof EndpointLoad>

/** A name that is answered by versions of one registered model. */
export const ServingEndpoint = answer({
  name: Str,
  /** Empty once the model is deleted. */
  model_name: Str,
  /** Grows with every change. */
  revision: Int64,
  /** Who gets how much of what a rollout leaves; the weights make 100. */
  traffic: List(Served),
  /** What keys of clients are hashed with, so that every process sends a client to the same version. */
  salt: Str,
  /** Milliseconds since the epoch. */
  creation_timestamp: Int64,
  last_updated_timestamp: Int64,
  /** Who changed it last. */
  updated_by: Str,
}, {
  description: Str,
  shadow: answer({ sample: Double }, { version: Str, alias: Str }),
  rollout: Rollout,
  /** Requests with the same value of this header stay with one version. */
  sticky_header: Str,
  /** Why it was changed last. */
  reason: Str,
  /** The processes that serve it; only where one endpoint is asked for. */
  servers: List(EndpointServer),
  /** What those saw in this step of the rollout that have ended since. */
  ended: answer({ step: Str, seconds: Double, versions: List(ServedVersion) }),
  /** The process that decides when a step has passed; only while a rollout is under way. */
  decider: Str,
  /** Where one endpoint is asked for, or a list with_load. */
  load: EndpointLoad,
})
export type ServingEndpoint = Static<typeof ServingEndpoint>

const group = 'endpoints'
const api = 'cairn'
const served = answer({ endpoint: ServingEndpoint })
/** Refuses with RESOURCE_CONFLICT where the endpoint has another revision by now. */
const change = { reason: Str, revision: Int64 }

export const createServingEndpoint = endpoint({
  name: 'createServingEndpoint', method: 'POST', api, path: '/endpoints', group,
  summary: 'Names an endpoint (letters, digits, ".", "_", "-"; at most 100) for a registered model. Without traffic, the alias champion gets all of it where the model has one, else its latest version.',
  request: message({ name: Str, model_name: Str }, { traffic: List(TrafficTarget), description: Str, shadow: ShadowTarget, sticky_header: Str, reason: Str }),
  response: served,
})

export const listServingEndpoints = endpoint({
  name: 'listServingEndpoints', method: 'GET', api, path: '/endpoints', group,
  summary: 'Endpoints by name, of all models or of one; max_results 1 to 1,000, default 100; with_load adds what was asked in the last minutes.',
  request: message({}, { model_name: Str, with_load: Bool, max_results: Int32, page_token: Str }),
  response: answer({ endpoints: List(ServingEndpoint) }, { next_page_token: Str }),
})

export const getServingEndpoint = endpoint({
  name: 'getServingEndpoint', method: 'GET', api, path: '/endpoints/{name}', group,
  summary: 'One endpoint with the processes that serve it and what each of them saw.',
  request: message({ name: Str }),
  response: served,
})

export const deleteServingEndpoint = endpoint({
  name: 'deleteServingEndpoint', method: 'DELETE', api, path: '/endpoints/{name}', group,
  summary: 'Forgets an endpoint; processes that serve it go on with what they have.',
  request: message({ name: Str }, { reason: Str }),
  response: Empty,
})

export const setServingTraffic = endpoint({
  name: 'setServingTraffic', method: 'POST', api, path: '/endpoints/{name}/traffic', group,
  summary: 'Changes who gets how much, the shadow (a sample of 0 ends it), the sticky header ("" for none), starts a rollout, or stops one where it is (pause) and lets it go on. What is not given stays; traffic ends a rollout that is under way.',
  request: message({ name: Str }, { traffic: List(TrafficTarget), rollout: RolloutPlan, shadow: ShadowTarget, sticky_header: Str, pause: Bool, ...change }),
  response: served,
})

export const promoteServingEndpoint = endpoint({
  name: 'promoteServingEndpoint', method: 'POST', api, path: '/endpoints/{name}/promote', group,
  summary: 'Gives one version all the traffic: the one given, else the one of the rollout. Where the endpoint follows one alias, the alias is moved.',
  request: message({ name: Str }, { version: Str, ...change }),
  response: served,
})

export const rollBackServingEndpoint = endpoint({
  name: 'rollBackServingEndpoint', method: 'POST', api, path: '/endpoints/{name}/rollback', group,
  summary: 'Ends a rollout; where there is none, brings back the traffic from before the last change (or before the audit entry given), and the alias with it.',
  request: message({ name: Str }, { entry_id: Str, ...change }),
  response: served,
})

export const judgeServingRollout = endpoint({
  name: 'judgeServingRollout', method: 'POST', api, path: '/endpoints/{name}/verdict', group,
  summary: 'What was found of the current step of a rollout: after pass, which only the process that decides may say (server_id), comes the next step, after the last the promotion; fail takes the version back. RESOURCE_CONFLICT when the endpoint was changed meanwhile.',
  request: message({ name: Str, revision: Int64, outcome: Enum(['pass', 'fail']), reason: Str }, { server_id: Str }),
  response: served,
})

export const reportEndpointServer = endpoint({
  name: 'reportEndpointServer', method: 'PUT', api, path: '/endpoints/{name}/servers/{server_id}', group,
  summary: 'What a serving process serves and saw. It is listed until it says that it ends, or has said nothing for a minute. During a rollout the answer says whether it is the one that decides: for the next ten seconds, longer if it says something again.',
  request: message({ name: Str, server_id: Str }, report),
  response: answer({ revision: Int64 }, { decides: Bool }),
})

export const removeEndpointServer = endpoint({
  name: 'removeEndpointServer', method: 'DELETE', api, path: '/endpoints/{name}/servers/{server_id}', group,
  summary: 'Says that a serving process ends.',
  request: message({ name: Str, server_id: Str }),
  response: Empty,
})

export const servingEndpointEndpoints = [
  createServingEndpoint, listServingEndpoints, getServingEndpoint, deleteServingEndpoint, setServingTraffic, promoteServingEndpoint, rollBackServingEndpoint,
  judgeServingRollout, reportEndpointServer, removeEndpointServer,
] as const

/** The name of the step that a rollout is in, which every process forms alike; undefined where there is no rollout. */
export const rolloutStep = ({ salt, rollout }: { readonly salt: string; readonly rollout?: { readonly step: number } | undefined }): string | undefined => rollout && `${salt}/${rollout.step}`
