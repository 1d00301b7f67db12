import { printExactName, type ModelVersion } from '@cairn/protocol'
import { client, useLoaded } from '../../app/server.ts'
import { words } from './words.ts'

/** What of its model an endpoint could serve. */
export interface ModelTargets {
  readonly versions: readonly ModelVersion[]
  readonly aliases: readonly { readonly alias: string; readonly version: string }[]
  /** Aliases (`@champion`), then versions, the newest first. */
  readonly options: readonly { readonly key: string; readonly label: string }[]
  versionOf(key: string): string | undefined
}

const none: ModelTargets = { versions: [], aliases: [], options: [], versionOf: () => undefined }

export function useTargets(model: string | undefined): { readonly data: ModelTargets | undefined; reload(): void } {
  return useLoaded(`targets of ${model ?? ''}`, async () => {
    if (model === undefined || model === '') return none
    const [{ aliases = [] }, { items }] = await Promise.all([
      client.models.get(model), client.models.searchVersionsPage({ filter: printExactName(model), max_results: 1000 }),
    ])
    const versions = items.toSorted((a, b) => Number(b.version) - Number(a.version))
    return {
      versions, aliases,
      options: [...aliases.map(({ alias, version }) => ({ key: `@${alias}`, label: words.versionOfAlias(alias, version) })), ...versions.map(({ version }) => ({ key: version, label: words.versionNumber(version) }))],
      versionOf: (key) => (key.startsWith('@') ? aliases.find(({ alias }) => `@${alias}` === key)?.version : key),
    }
  })
}
