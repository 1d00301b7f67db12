import { searchExperiments, type Experiment } from '@cairn/protocol'
import type { Result } from '../framework/command.ts'
import { formatAge } from '../framework/format.ts'
import type { Io, Style } from '../framework/io.ts'
import { table } from '../framework/table.ts'
import { connect } from '../client/connection.ts'
import { limitOf, moreNote, views } from '../client/list-options.ts'
import { collect } from '../client/lookup.ts'

interface Listing {
  readonly options: { readonly view: keyof typeof views; readonly 'order-by': readonly string[]; readonly 'max-results': number; readonly 'tracking-uri': string }
  readonly io: Io
  readonly style: Style
}

export async function listExperiments({ options, io, style }: Listing, filter: string | undefined): Promise<Result> {
  const connection = connect({ options, io })
  const { items, more } = await collect(limitOf(options['max-results']), 1000, async (max_results, page_token) => {
    const { experiments, next_page_token } = await connection.call(searchExperiments, {
      max_results,
      view_type: views[options.view],
      ...(filter !== undefined && { filter }),
      ...(options['order-by'].length > 0 && { order_by: [...options['order-by']] }),
      ...(page_token !== undefined && { page_token }),
    })
    return { items: experiments, next: next_page_token }
  })
  return { data: items, text: items.length === 0 ? 'No experiments.' : experimentTable(items, style, io.columns) + (more ? moreNote(items.length) : '') }
}

function experimentTable(experiments: readonly Experiment[], style: Style, columns: number | undefined): string {
  const now = Date.now()
  return table(experiments, [
    { title: 'ID', value: (one) => one.experiment_id, whole: true, paint: style.cyan },
    { title: 'NAME', value: (one) => one.name },
    ...(experiments.some((one) => one.lifecycle_stage !== 'active') ? [{ title: 'STAGE', value: (one: Experiment) => one.lifecycle_stage }] : []),
    { title: 'CREATED', value: (one) => formatAge(Number(one.creation_time), now), align: 'right' },
    { title: 'CHANGED', value: (one) => formatAge(Number(one.last_update_time), now), align: 'right' },
    { title: 'ARTIFACTS', value: (one) => one.artifact_location, paint: style.dim },
  ], style, columns)
}
