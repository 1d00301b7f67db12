import type { VersionProfile } from '@cairn/protocol'
import { MlflowRefused, type MlflowApi } from './mlflow-api.ts'

interface Version {
  readonly name: string
  readonly version: number
}

const path = '/api/cairn/v1/model-versions/profile'

/** What a version's inputs are compared with at a server; `none` where a Cairn has nothing of it, undefined where the server is none. */
export async function profileThere(api: MlflowApi, { name, version }: Version): Promise<VersionProfile | 'none' | undefined> {
  try {
    const answer = await api.fetch(`${path}?${new URLSearchParams({ name, version: String(version) })}`)
    return (JSON.parse(await answer.text()) as { profile: VersionProfile }).profile
  } catch (error) {
    if (error instanceof MlflowRefused && error.code === 'RESOURCE_DOES_NOT_EXIST') return 'none'
    // Another server says in its own way that it has no such path, or shows a page for it.
    if (error instanceof MlflowRefused || error instanceof SyntaxError || isForbidden(error)) return undefined
    throw error
  }
}

const isForbidden = (error: unknown): boolean => typeof error === 'object' && error !== null && 'status' in error && (error.status === 401 || error.status === 403)

/** Gives a version at another Cairn its profile. What was counted there on the same one goes on. */
export async function putProfileThere(api: MlflowApi, { name, version }: Version, profile: VersionProfile): Promise<boolean> {
  const there = await profileThere(api, { name, version })
  if (there === undefined) return false
  if (there !== 'none' && sameProfile(there, profile)) return true
  const { rows, columns, of } = profile
  await api.fetch(path, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name, version: String(version), rows: Number(rows), columns, ...(of !== undefined && { of }) }) })
  return true
}

const sameProfile = (one: VersionProfile, other: VersionProfile): boolean => {
  const seen = ({ rows, of, columns }: VersionProfile): string => JSON.stringify([Number(rows), of ?? '', columns.map(({ name, type, counts, edges = [], min, max, categories = [] }) => [name, type, counts.map(Number), edges, min, max, categories])])
  return one.source === other.source && seen(one) === seen(other)
}
