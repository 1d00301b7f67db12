import { openAsBlob } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { defineCommand } from '../../framework/command.ts'
import { UserError } from '../../framework/errors.ts'
import { formatBytes } from '../../framework/format.ts'
import { proxyPath, runProxyRoot } from '../../artifacts/source.ts'
import { clientOptions, connect } from '../../client/connection.ts'

export const command = defineCommand({
  summary: 'Upload files or folders as artifacts of a run.',
  args: { run: { summary: 'Id of the run.' }, file: { summary: 'Files or folders.', many: true } },
  options: {
    path: { kind: 'text', value: 'FOLDER', summary: 'The folder in the artifacts to put them in.' },
    ...clientOptions,
  },
  examples: [['artifacts upload 3f2a9c41… report.html plots --path reports', 'a file and a folder']],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    const files = (await Promise.all(args.file.map((one) => filesOf(resolve(io.cwd, one))))).flat()
    const root = await runProxyRoot(connection, args.run)
    const done: { path: string; bytes: number }[] = []
    for (const { name, file } of files) {
      const path = [options.path ?? '', name].filter((part) => part !== '').join('/').replace(/^\/+/, '')
      const body = await openAsBlob(file)
      await connection.fetch(proxyPath(`${root}/${path}`), { method: 'PUT', body, headers: { 'content-type': 'application/octet-stream' } })
      done.push({ path, bytes: body.size })
    }
    const bytes = done.reduce((sum, one) => sum + one.bytes, 0)
    return { data: done, text: `Uploaded ${done.length === 1 ? done[0]!.path : `${done.length} files`} (${formatBytes(bytes)}).` }
  },
})

/** A file, or every file of a folder under the folder's own name. */
async function filesOf(path: string): Promise<{ name: string; file: string }[]> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new UserError(`There is no file ${path}.`)
  if (!found.isDirectory()) return [{ name: basename(path), file: path }]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => {
    const file = join(entry.parentPath, entry.name)
    return { name: [basename(path), ...relative(path, file).split(/[\\/]/)].join('/'), file }
  }).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}
