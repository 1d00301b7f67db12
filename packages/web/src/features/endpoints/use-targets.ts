import type { AuditEntry, ModelVersion } from '@cairn/protocol'
import { listAuditEntries, printExactName } from '@cairn/protocol'
import { client, useLoaded } from '../../app/server.ts'
import { isOfModel } from '../models/history.ts'
import { words } from './words.ts'

/** What of its model an endpoint could serve. */
export interface ModelTargets {
  readonly versions: readonly ModelVersion[]
  readonly aliases: readonly { readonly alias: string; readonly version: string }[]
  /** Aliases (`@champion`), then versions, the newest first. */
  readonly options: readonly { readonly key: string; readonly label: string }[]
  versionOf(key: string): string | undefined
}

export interface ModelFacts {
  readonly targets: ModelTargets
  readonly changes: readonly AuditEntry[]
}

const none: ModelTargets = { versions: [], aliases: [], options: [], versionOf: () => undefined }

export function useTargets(model: string | undefined): { readonly data: ModelFacts | undefined; reload(): void } {
  return useLoaded(`targets of ${model ?? ''}`, async () => {
    if (model === undefined || model === '') return { targets: none, changes: [] }
    const [{ aliases = [] }, { items }, { entries }] = await Promise.all([
      client.models.get(model), client.models.searchVersionsPage({ filter: printExactName(model), max_results: 1000 }), client.call(listAuditEntries, { entity_name: model, max_results: 200 }),
    ])
    const versions = items.toSorted((a, b) => Number(b.version) - Number(a.version))
    const targets: ModelTargets = {
      versions, aliases,
      options: [...aliases.map(({ alias, version }) => ({ key: `@${alias}`, label: words.versionOfAlias(alias, version) })), ...versions.map(({ version }) => ({ key: version, label: words.versionNumber(version) }))],
      versionOf: (key) => (key.startsWith('@') ? aliases.find(({ alias }) => `@${alias}` === key)?.version : key),
    }
    return { targets, changes: entries.filter(isOfModel) }
  })
}
