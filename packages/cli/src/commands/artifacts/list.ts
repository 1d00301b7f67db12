import type { FileInfo } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { formatBytes } from '../../framework/format.ts'
import { table } from '../../framework/table.ts'
import { runSource, walk } from '../../artifacts/source.ts'
import { clientOptions, connect } from '../../client/connection.ts'

export const command = defineCommand({
  summary: 'List the artifacts of a run.',
  args: { run: { summary: 'Id of the run.' }, path: { summary: 'A folder in them.', optional: true } },
  options: {
    recursive: { kind: 'boolean', short: 'r', summary: 'Also what is in the folders.' },
    ...clientOptions,
  },
  examples: [['artifacts list 3f2a9c41…', 'the top folder'], ['artifacts list 3f2a9c41… model -r', 'everything below a folder']],
  run: async ({ args, options, io, style }) => {
    const source = runSource(connect({ options, io }), args.run)
    const folder = (args.path ?? '').replace(/^\/+|\/+$/g, '')
    const files: FileInfo[] = options.recursive ? await Array.fromAsync(walk(source, folder)) : await source.list(folder)
    const text = files.length === 0 ? 'No artifacts.' : table(files, [
      { title: 'PATH', value: ({ path, is_dir }) => (is_dir ? `${path}/` : path), paint: (cell, { is_dir }) => (is_dir ? style.blue(cell) : cell) },
      { title: 'SIZE', value: ({ file_size }) => (file_size === undefined ? '' : formatBytes(Number(file_size))), align: 'right' },
    ], style, io.columns)
    return { data: files, text }
  },
})
