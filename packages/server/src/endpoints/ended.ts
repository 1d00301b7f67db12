import { readLatencies, sumOfLatencies, writeLatencies, type EndpointServer, type ServedVersion } from '@cairn/protocol'
import type { Ended } from './endpoints-store.ts'

/** What is known of those that ended in a step, with some more of them. */
export function withEnded(ended: Ended | null, step: string, more: readonly EndpointServer[]): Ended {
  const before = ended?.step === step ? ended : { step, seconds: 0, versions: [] }
  const versions = new Map(before.versions.map((one) => [one.version, one]))
  for (const one of more.flatMap((server) => server.versions ?? [])) versions.set(one.version, sum(versions.get(one.version), one))
  return { step, seconds: Math.max(before.seconds, ...more.map(({ seconds = 0 }) => seconds)), versions: [...versions.values()] }
}

function sum(one: ServedVersion | undefined, other: ServedVersion): ServedVersion {
  const total = (name: 'requests' | 'errors' | 'compared' | 'disagreed'): number => Number(one?.[name] ?? 0) + Number(other[name] ?? 0)
  return {
    version: other.version, weight: 0, requests: total('requests'), errors: total('errors'), compared: total('compared'), disagreed: total('disagreed'),
    took: writeLatencies(sumOfLatencies([readLatencies(one?.took), readLatencies(other.took)])),
  }
}
