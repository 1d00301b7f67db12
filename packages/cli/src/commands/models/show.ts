import { getRegisteredModel, printExactName, searchModelVersions, type ModelVersion } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { formatNumber, formatTime } from '../../framework/format.ts'
import type { Style } from '../../framework/io.ts'
import { fields } from '../../framework/table.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { collect } from '../../client/lookup.ts'
import { findModelVersion, readModelReference } from '../../client/model-reference.ts'
import { versionTable } from '../../listing/models.ts'

export const command = defineCommand({
  summary: 'Show a registered model with its versions, or one version.',
  args: { model: { summary: 'NAME, NAME/VERSION or NAME@ALIAS.' } },
  options: clientOptions,
  examples: [['models show churn', 'all versions'], ['models show churn@champion', 'the one that an alias points at'], ['models show churn/3 --json', 'for a program']],
  run: async ({ args, options, io, style }) => {
    const connection = connect({ options, io })
    const reference = readModelReference(args.model)
    if (reference.version !== undefined || reference.alias !== undefined) {
      const version = await findModelVersion(connection, args.model)
      return { data: version, text: versionText(version, style) }
    }
    const { registered_model: model } = await connection.call(getRegisteredModel, { name: reference.name })
    const { items: versions } = await collect(10_000, 10_000, async (max_results, page_token) => {
      const { model_versions, next_page_token } = await connection.call(searchModelVersions, {
        filter: printExactName(reference.name), max_results, order_by: ['version_number DESC'], ...(page_token !== undefined && { page_token }),
      })
      return { items: model_versions, next: next_page_token }
    })
    const aliases = Map.groupBy(model.aliases ?? [], ({ version }) => version)
    const byVersion = new Map([...aliases].map(([version, list]) => [version, list.map(({ alias }) => alias)]))
    const head = fields([
      ['Model', model.name],
      ['Description', model.description],
      ['Created', formatTime(Number(model.creation_timestamp))],
      ['Changed', formatTime(Number(model.last_updated_timestamp))],
      ...(model.tags ?? []).map(({ key, value }): [string, string] => [`tag ${key}`, value]),
    ], style)
    const text = versions.length === 0 ? `${head}\n\nNo versions.` : `${head}\n\n${versionTable(versions, byVersion, style, io.columns)}`
    return { data: { ...model, versions }, text }
  },
})

function versionText(version: ModelVersion, style: Style): string {
  return fields([
    ['Model', version.name],
    ['Version', version.version],
    ['Aliases', version.aliases?.join(' ')],
    ['Stage', version.current_stage === 'None' ? undefined : version.current_stage],
    ['Status', [version.status.toLowerCase().replaceAll('_', ' '), version.status_message].filter(Boolean).join(': ')],
    ['Description', version.description],
    ['Created', formatTime(Number(version.creation_timestamp))],
    ['Changed', formatTime(Number(version.last_updated_timestamp))],
    ['Run', version.run_id],
    ['Logged model', version.model_id],
    ['Source', version.source],
    ...(version.tags ?? []).map(({ key, value }): [string, string] => [`tag ${key}`, value]),
    ...(version.model_params ?? []).map(({ name, value }): [string, string] => [`param ${name}`, value]),
    ...(version.model_metrics ?? []).map(({ key, value }): [string, string] => [`metric ${key}`, formatNumber(Number(value))]),
  ], style)
}
