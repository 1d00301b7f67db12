import {
  getModelVersionDownloadUri, getRun, listArtifacts, listLoggedModelArtifacts, listProxiedArtifacts, prefixes, type FileInfo,
} from '@cairn/protocol'
import { UserError } from '../framework/errors.ts'
import { collect } from '../client/lookup.ts'
import { queryText, type Connection } from '../client/connection.ts'

/** Files that a server keeps, below one root. Paths are relative to it, with `/`. */
export interface ArtifactSource {
  /** What stands directly in a folder; nothing for a file or what is not there. */
  list(folder: string): Promise<FileInfo[]>
  open(file: string): Promise<Response>
}

const everything = 1_000_000
const join = (...parts: string[]): string => parts.filter((part) => part !== '').join('/')

export function runSource(connection: Connection, run_id: string, root = ''): ArtifactSource {
  return {
    async list(folder) {
      const path = join(root, folder)
      const { items } = await collect(everything, everything, async (_size, page_token) => {
        const { files, next_page_token } = await connection.call(listArtifacts, { run_id, ...(path !== '' && { path }), ...(page_token !== undefined && { page_token }) })
        return { items: files, next: next_page_token }
      })
      return root === '' ? items : items.map((file) => ({ ...file, path: file.path.slice(root.length + 1) }))
    },
    open: (file) => connection.fetch(`/get-artifact${queryText({ run_id, path: join(root, file) })}`),
  }
}

function proxySource(connection: Connection, root: string): ArtifactSource {
  return {
    async list(folder) {
      const path = join(root, folder)
      const { files = [] } = await connection.call(listProxiedArtifacts, path === '' ? {} : { path })
      // The proxy answers bare names.
      return files.map((file) => ({ ...file, path: join(folder, file.path) }))
    },
    open: (file) => connection.fetch(proxyPath(join(root, file))),
  }
}

function loggedModelSource(connection: Connection, model_id: string): ArtifactSource {
  return {
    async list(folder) {
      const { items } = await collect(everything, everything, async (_size, page_token) => {
        const { files, next_page_token } = await connection.call(listLoggedModelArtifacts, {
          model_id, ...(folder !== '' && { artifact_directory_path: folder }), ...(page_token !== undefined && { page_token }),
        })
        return { items: files, next: next_page_token }
      })
      return items
    },
    open: (file) => connection.fetch(`${prefixes.ajax[0]!}/logged-models/${encodeURIComponent(model_id)}/artifacts/files${queryText({ artifact_file_path: file })}`),
  }
}

export const proxyPath = (path: string): string => `${prefixes.artifacts[0]!}/artifacts/${path.split('/').map(encodeURIComponent).join('/')}`

/** The files of a registered model's version, wherever its source says that they are. */
export async function modelVersionSource(connection: Connection, name: string, version: string): Promise<ArtifactSource> {
  const { artifact_uri: uri } = await connection.call(getModelVersionDownloadUri, { name, version })
  return sourceOf(connection, uri)
}

function sourceOf(connection: Connection, uri: string): ArtifactSource {
  const model = /^models:\/+(m-[\w-]+)\/?$/.exec(uri)?.[1]
  if (model !== undefined) return loggedModelSource(connection, model)
  const run = /^runs:\/+(\w+)\/?(.*?)\/?$/.exec(uri)
  if (run !== null) return runSource(connection, run[1]!, run[2]!)
  const proxied = proxyRoot(uri)
  if (proxied !== undefined) return proxySource(connection, proxied)
  throw new UserError(`These files are at ${uri}, which the server does not serve.`, 'Download them with a program that reaches that storage, for instance: mlflow artifacts download')
}

/** The path behind the artifact proxy that a URI names, if it names one. */
function proxyRoot(uri: string): string | undefined {
  return /^mlflow-artifacts:(?:\/\/[^/]*)?\/*(.*?)\/*$/.exec(uri)?.[1]
}

/** Where a run's artifacts are behind the proxy: only there can the command line change them. */
export async function runProxyRoot(connection: Connection, run_id: string): Promise<string> {
  const { run } = await connection.call(getRun, { run_id })
  const root = proxyRoot(run.info.artifact_uri)
  if (root === undefined) throw new UserError(`The artifacts of this run are at ${run.info.artifact_uri}, which the server does not serve.`, 'Use a program that reaches that storage.')
  return root
}

/** Every file below a folder, depth first. */
export async function* walk(source: ArtifactSource, folder: string): AsyncGenerator<FileInfo> {
  for (const entry of await source.list(folder)) {
    if (entry.is_dir) yield* walk(source, entry.path)
    else yield entry
  }
}
