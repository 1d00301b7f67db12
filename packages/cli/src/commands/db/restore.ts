import { resolve } from 'node:path'
import { defineCommand } from '../../framework/command.ts'
import { operating, readTarget, storageOptions } from '../../operate/target.ts'

export const command = defineCommand({
  summary: 'Put a backup where there is no database yet.',
  details: 'Into a new SQLite file or an empty PostgreSQL database, wherever the backup came from. Overwrites nothing. The server must not run meanwhile.',
  args: { file: { summary: 'A file that "cairn db backup" has written.' } },
  options: storageOptions,
  examples: [
    ['db restore ./backup.db --data-dir /srv/cairn', 'into a new data folder'],
    ['db restore ./backup.db --backend-store-uri postgresql://cairn@db/cairn', 'into PostgreSQL, also from SQLite'],
  ],
  run: async (context) => {
    const file = resolve(context.io.cwd, context.args.file)
    const config = readTarget(context)
    const rows = await operating(({ restore }) => restore(config, file))
    return { data: { rows }, text: `Restored ${rows['experiments']} experiments, ${rows['runs']} runs, ${rows['registered_models']} registered models.` }
  },
})
