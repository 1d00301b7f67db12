import { listAuditEntries } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { limitOf, maxResults, moreNote } from '../../client/list-options.ts'
import { collect } from '../../client/lookup.ts'
import { readModelReference } from '../../client/model-reference.ts'
import { auditTable } from '../../listing/audit.ts'

export const command = defineCommand({
  summary: 'Show who changed what in the registry, and when; newest first.',
  args: { model: { summary: 'NAME (of a model or an endpoint) or NAME/VERSION; everything without it.', optional: true } },
  options: {
    action: { kind: 'text', summary: 'Only this kind of change, for instance set_alias.' },
    'max-results': maxResults,
    ...clientOptions,
  },
  examples: [['models audit churn', 'of one model'], ['models audit --action set_alias -n 20', 'who moved aliases']],
  run: async ({ args, options, io, style }) => {
    const connection = connect({ options, io })
    const reference = args.model === undefined ? undefined : readModelReference(args.model)
    const { items, more } = await collect(limitOf(options['max-results']), 1000, async (max_results, page_token) => {
      const { entries, next_page_token } = await connection.call(listAuditEntries, {
        max_results,
        ...(reference !== undefined && { entity_name: reference.name }),
        ...(reference?.version !== undefined && { version: reference.version }),
        ...(options.action !== undefined && { action: options.action }),
        ...(page_token !== undefined && { page_token }),
      })
      return { items: entries, next: next_page_token }
    })
    return { data: items, text: auditTable(items, style, io.columns) + (more ? moreNote(items.length) : '') }
  },
})
