import { resolve } from 'node:path'
import { defineCommand } from '../../framework/command.ts'
import { download } from '../../artifacts/download.ts'
import { downloadedText } from '../../artifacts/report.ts'
import { runSource } from '../../artifacts/source.ts'
import { clientOptions, connect } from '../../client/connection.ts'

export const command = defineCommand({
  summary: 'Download artifacts of a run.',
  args: { run: { summary: 'Id of the run.' }, path: { summary: 'A file or folder in them; all without it.', optional: true } },
  options: {
    to: { kind: 'text', value: 'FOLDER', default: '.', summary: 'Where to put them.' },
    ...clientOptions,
  },
  examples: [['artifacts download 3f2a9c41… plots/roc.png', 'one file, here'], ['artifacts download 3f2a9c41… --to run', 'all of them']],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    const folder = resolve(io.cwd, options.to)
    const files = await download(runSource(connection, args.run), args.path ?? '', folder, io.signal)
    return { data: files, text: downloadedText(files, folder) }
  },
})
