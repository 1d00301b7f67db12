import { defineCommand } from '../../framework/command.ts'
import { operating, readTarget, storageOptions } from '../../operate/target.ts'

export const command = defineCommand({
  summary: 'Bring the tables of a database up to this version.',
  details: 'A server does the same when it starts. On SQLite no server may run meanwhile; on PostgreSQL one process at a time does it.',
  args: {},
  options: storageOptions,
  examples: [['db migrate', 'of ./cairn-data'], ['db migrate --backend-store-uri postgresql://cairn@db/cairn', 'before the servers are exchanged']],
  run: async (context) => {
    const config = readTarget(context)
    const steps = await operating(({ migrateDatabase }) => migrateDatabase(config))
    return { data: { steps }, text: steps.length === 0 ? 'The tables are those of this version.' : `Took ${steps.length} steps:\n${steps.map((step) => `  ${step}`).join('\n')}` }
  },
})
