import { listAuditEntries } from '@cairn/protocol'
import { defineCommand } from '../framework/command.ts'
import { clientOptions, connect } from '../client/connection.ts'
import { limitOf, maxResults, moreNote } from '../client/list-options.ts'
import { collect } from '../client/lookup.ts'
import { auditTable } from '../listing/audit.ts'

export const command = defineCommand({
  summary: 'Show who changed what, and what was refused to whom; newest first; for admins.',
  args: {},
  options: {
    entity: { kind: 'text', choices: ['registered_model', 'model_version', 'webhook', 'endpoint', 'experiment', 'run', 'logged_model', 'artifact', 'view', 'comment', 'user', 'role', 'team', 'workspace', 'token', 'session', 'request'], summary: 'Only changes to these.' },
    name: { kind: 'text', value: 'NAME', summary: 'Only of the model, user or endpoint of this name (with --entity).' },
    action: { kind: 'text', value: 'ACTION', summary: 'Only this kind: denied, sign_in, grant, create, set_alias and others.' },
    'max-results': maxResults,
    ...clientOptions,
  },
  examples: [['audit --action denied', 'who was refused what'], ['audit --entity user --name ada', 'what was granted to her, and by whom']],
  run: async ({ options, io, style }) => {
    const connection = connect({ options, io })
    const { items, more } = await collect(limitOf(options['max-results']), 1000, async (max_results, page_token) => {
      const { entries, next_page_token } = await connection.call(listAuditEntries, {
        max_results,
        ...(options.entity !== undefined && { entity: options.entity }),
        ...(options.name !== undefined && { entity_name: options.name }),
        ...(options.action !== undefined && { action: options.action }),
        ...(page_token !== undefined && { page_token }),
      })
      return { items: entries, next: next_page_token }
    })
    return { data: items, text: auditTable(items, style, io.columns) + (more ? moreNote(items.length) : '') }
  },
})
