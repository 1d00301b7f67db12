import * as api from '@cairn/protocol'
import type { RequestOf } from '@cairn/protocol'
import { overPages, type Page } from './pages.ts'
import type { CallOptions, Transport } from './transport.ts'

type Input<E> = RequestOf<E>

/** Serving endpoints: which versions of a model answer how much, and who serves them. */
export function servingEndpointCalls(transport: Transport) {
  const listPage = async (input: Partial<Input<typeof api.listServingEndpoints>> = {}, options?: CallOptions): Promise<Page<api.ServingEndpoint>> => {
    const { endpoints = [], next_page_token } = await transport.call(api.listServingEndpoints, input, options)
    return { items: endpoints, next_page_token }
  }
  return {
    create: async (input: Input<typeof api.createServingEndpoint>): Promise<api.ServingEndpoint> => (await transport.call(api.createServingEndpoint, input)).endpoint,
    /** With the processes that serve it and what each of them saw. */
    get: async (name: string): Promise<api.ServingEndpoint> => (await transport.call(api.getServingEndpoint, { name })).endpoint,
    listPage,
    list: (input: Omit<Input<typeof api.listServingEndpoints>, 'page_token'> = {}) =>
      overPages((page_token) => listPage({ ...input, ...(page_token !== undefined && { page_token }) })),
    delete: async (name: string, reason?: string): Promise<void> => void await transport.call(api.deleteServingEndpoint, { name, ...(reason !== undefined && { reason }) }),
    /** Who gets how much; or a rollout, the shadow, the sticky header. */
    setTraffic: async (input: Input<typeof api.setServingTraffic>): Promise<api.ServingEndpoint> => (await transport.call(api.setServingTraffic, input)).endpoint,
    /** Gives one version all the traffic; without `version` the one that a rollout tries. */
    promote: async (input: Input<typeof api.promoteServingEndpoint>): Promise<api.ServingEndpoint> => (await transport.call(api.promoteServingEndpoint, input)).endpoint,
    /** Ends a rollout, or undoes the last change of the traffic. */
    rollback: async (input: Input<typeof api.rollBackServingEndpoint>): Promise<api.ServingEndpoint> => (await transport.call(api.rollBackServingEndpoint, input)).endpoint,
    /** What a serving process found of the step that a rollout is in. */
    judge: async (input: Input<typeof api.judgeServingRollout>): Promise<api.ServingEndpoint> => (await transport.call(api.judgeServingRollout, input)).endpoint,
    /** Says what a process serves; answers the endpoint's revision. */
    report: async (input: Input<typeof api.reportEndpointServer>): Promise<api.Int64> => (await transport.call(api.reportEndpointServer, input)).revision,
    /** How far what it is asked is from the profiles of its versions. */
    drift: async (input: Input<typeof api.getEndpointDrift>): Promise<readonly api.VersionDrift[]> => (await transport.call(api.getEndpointDrift, input)).versions ?? [],
    removeServer: async (name: string, server_id: string): Promise<void> => void await transport.call(api.removeEndpointServer, { name, server_id }),
  }
}
