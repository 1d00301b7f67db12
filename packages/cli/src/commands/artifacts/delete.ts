import { defineCommand } from '../../framework/command.ts'
import { UsageError, UserError } from '../../framework/errors.ts'
import { proxyPath, runProxyRoot, runSource } from '../../artifacts/source.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { confirmed, yes } from '../../client/list-options.ts'

export const command = defineCommand({
  summary: 'Delete artifacts of a run for good.',
  args: { run: { summary: 'Id of the run.' }, path: { summary: 'Files or folders in them.', many: true } },
  options: { yes, ...clientOptions },
  examples: [['artifacts delete 3f2a9c41… checkpoints --yes', 'a folder']],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    const paths = args.path.map((path) => path.replace(/^\/+|\/+$/g, ''))
    if (paths.some((path) => path === '' || path.split('/').some((part) => part === '.' || part === '..'))) {
      throw new UsageError('Name a file or folder in the artifacts, without "." and "..".')
    }
    const source = runSource(connection, args.run)
    for (const path of paths) {
      const above = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
      if (!(await source.list(above)).some((entry) => entry.path === path)) throw new UserError(`The run has no artifact "${path}". Nothing was deleted.`, `See: cairn artifacts list ${args.run}`)
    }
    confirmed(options.yes, `${paths.join(', ')} of run ${args.run}`)
    const root = await runProxyRoot(connection, args.run)
    for (const path of paths) await connection.fetch(proxyPath(`${root}/${path}`), { method: 'DELETE' })
    return { data: paths, text: `Deleted ${paths.join(', ')}.` }
  },
})
