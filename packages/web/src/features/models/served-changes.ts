import type { ServingEndpoint } from '@cairn/protocol'
import { percentText, sharesOf } from '../endpoints/endpoint-state.ts'
import { words } from './words.ts'

/** What becomes of the endpoints that follow an alias when it points at a version, or at none: a sentence each. */
export function servedChanges(endpoints: readonly ServingEndpoint[], alias: string, version: string | undefined): string[] {
  return endpoints.flatMap((endpoint) => {
    const percent = sharesOf(endpoint).reduce((sum, { aliases, percent: part }) => (aliases.includes(alias) ? sum + part : sum), 0)
    return [
      ...(percent === 0 ? [] : [version === undefined ? words.endpointHasNobody(endpoint.name, percentText(percent)) : words.endpointAnswersWith(endpoint.name, version, percentText(percent))]),
      ...(endpoint.shadow?.alias !== alias ? [] : [version === undefined ? words.endpointAsksNobody(endpoint.name) : words.endpointAsksToo(endpoint.name, version)]),
    ]
  })
}
