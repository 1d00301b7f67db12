import { resolve } from 'node:path'
import { defineCommand } from '../../framework/command.ts'
import { operating, readTarget, storageOptions } from '../../operate/target.ts'

export const command = defineCommand({
  summary: 'Write the whole database into one new file, while the server runs.',
  details: 'As everything is at one moment. The file is an SQLite database, also of a server on PostgreSQL, so it can be restored into either. Artifacts are not in it: copy them afterwards. See docs/operate.md.',
  args: { file: { summary: 'The file to write; it must not exist.' } },
  options: storageOptions,
  examples: [
    ['db backup ./backup.db', 'of ./cairn-data'],
    ['db backup /backup/cairn.db --backend-store-uri postgresql://cairn@db/cairn', 'of a PostgreSQL database'],
  ],
  run: async (context) => {
    const file = resolve(context.io.cwd, context.args.file)
    const config = readTarget(context)
    const rows = await operating(({ backup }) => backup(config, file))
    return { data: { file, rows }, text: `Wrote ${file}: ${rows['experiments']} experiments, ${rows['runs']} runs, ${rows['registered_models']} registered models.` }
  },
})
