import { searchRegisteredModels, type ModelVersion, type RegisteredModel } from '@cairn/protocol'
import type { Result } from '../framework/command.ts'
import { formatAge } from '../framework/format.ts'
import type { Io, Style } from '../framework/io.ts'
import { table, type Column } from '../framework/table.ts'
import { connect } from '../client/connection.ts'
import { limitOf, moreNote } from '../client/list-options.ts'
import { collect } from '../client/lookup.ts'

interface Listing {
  readonly options: { readonly 'order-by': readonly string[]; readonly 'max-results': number; readonly 'tracking-uri': string }
  readonly io: Io
  readonly style: Style
}

export async function listModels({ options, io, style }: Listing, filter: string | undefined): Promise<Result> {
  const connection = connect({ options, io })
  const { items, more } = await collect(limitOf(options['max-results']), 1000, async (max_results, page_token) => {
    const { registered_models, next_page_token } = await connection.call(searchRegisteredModels, {
      max_results,
      ...(filter !== undefined && { filter }),
      ...(options['order-by'].length > 0 && { order_by: [...options['order-by']] }),
      ...(page_token !== undefined && { page_token }),
    })
    return { items: registered_models, next: next_page_token }
  })
  return { data: items, text: items.length === 0 ? 'No registered models.' : modelTable(items, style, io.columns) + (more ? moreNote(items.length) : '') }
}

function modelTable(models: readonly RegisteredModel[], style: Style, columns: number | undefined): string {
  const now = Date.now()
  return table(models, [
    { title: 'NAME', value: ({ name }) => name, paint: style.cyan },
    { title: 'LATEST', value: ({ latest_versions = [] }) => latest_versions.reduce((most, { version }) => Math.max(most, Number(version)), 0) || '', align: 'right' },
    { title: 'ALIASES', value: ({ aliases = [] }) => aliases.map(({ alias, version }) => `${alias}→${version}`).join(' ') },
    { title: 'STAGES', value: ({ latest_versions = [] }) => latest_versions.filter(({ current_stage }) => current_stage !== 'None').map(({ current_stage, version }) => `${current_stage}→${version}`).join(' ') },
    { title: 'CHANGED', value: (one) => formatAge(Number(one.last_updated_timestamp), now), align: 'right' },
    { title: 'DESCRIPTION', value: ({ description }) => description, paint: style.dim },
  ], style, columns)
}

export function versionTable(versions: readonly ModelVersion[], aliases: ReadonlyMap<string, readonly string[]>, style: Style, columns: number | undefined): string {
  const now = Date.now()
  const staged: Column<ModelVersion>[] = versions.some(({ current_stage }) => current_stage !== 'None')
    ? [{ title: 'STAGE', value: ({ current_stage }) => current_stage }]
    : []
  return table(versions, [
    { title: 'VERSION', value: ({ version }) => version, align: 'right', paint: style.cyan },
    { title: 'ALIASES', value: ({ version }) => aliases.get(version)?.join(' ') },
    ...staged,
    { title: 'STATUS', value: ({ status }) => status.toLowerCase().replaceAll('_', ' ') },
    { title: 'CREATED', value: (one) => formatAge(Number(one.creation_timestamp), now), align: 'right' },
    { title: 'RUN', value: ({ run_id }) => run_id, whole: true },
    { title: 'SOURCE', value: ({ source }) => source, paint: style.dim },
  ], style, columns)
}
