import { listLoggedModelArtifacts, listProxiedArtifacts, prefixes, type FileInfo } from '@cairn/protocol'
import type { CairnClient } from '@cairn/sdk'
import { isNotFound } from '@cairn/sdk'
import { ModelError } from '../errors.ts'
import type { ModelReference } from './model-uri.ts'

/** A model's files on a server, and what they are the files of. */
export interface ModelFiles {
  /** The same place has the same text, whoever names it: an alias and its version share it. */
  readonly place: string
  readonly version: { readonly name: string; readonly version: string } | undefined
  list(): Promise<readonly FileInfo[]>
  open(path: string): Promise<Response>
}

type Remote = Exclude<ModelReference, { readonly kind: 'folder' }>

/** Finds where a model's files are. @throws ModelError, ApiError */
export async function findModelFiles(client: CairnClient, reference: Remote): Promise<ModelFiles> {
  switch (reference.kind) {
    case 'logged-model': return loggedModelFiles(client, reference.modelId, reference.path)
    case 'run': return runFiles(client, reference.runId, reference.path)
    case 'proxied': return proxiedFiles(client, reference.path)
    default: {
      const version = await findVersion(client, reference)
      const uri = await client.models.downloadUri(version.name, version.version)
      const source = sourceOf(uri)
      if (source === undefined) throw new ModelError(`The files of ${version.name}/${version.version} are at ${uri}, which the server does not serve.`, 'Download them with a program that reaches that storage, and name the folder.')
      return { ...await findModelFiles(client, source), version }
    }
  }
}

function sourceOf(uri: string): Remote | undefined {
  const model = /^models:\/+(m-[\da-f]+)\/*(.*?)\/*$/.exec(uri)
  if (model !== null) return { kind: 'logged-model', modelId: model[1]!, path: model[2]! }
  const run = /^runs:\/+(\w+)\/*(.*?)\/*$/.exec(uri)
  if (run !== null) return { kind: 'run', runId: run[1]!, path: run[2]! }
  const proxied = /^mlflow-artifacts:(?:\/\/[^/]*)?\/*(.*?)\/*$/.exec(uri)
  return proxied === null ? undefined : { kind: 'proxied', path: proxied[1]! }
}

async function findVersion(client: CairnClient, reference: Extract<Remote, { readonly name: string }>): Promise<{ name: string; version: string }> {
  const { name } = reference
  switch (reference.kind) {
    case 'version': return { name, version: reference.version }
    case 'alias': return { name, version: (await client.models.getVersionByAlias(name, reference.alias)).version }
    default: {
      const stages = reference.kind === 'stage' ? [reference.stage] : []
      const found = (await client.models.latestVersions(name, stages)).toSorted((a, b) => Number(b.version) - Number(a.version))[0]
      if (found === undefined) throw new ModelError(reference.kind === 'stage' ? `No version of "${name}" is in the stage ${reference.stage}.` : `The model "${name}" has no version.`, `See: cairn models show ${name}`)
      return { name, version: found.version }
    }
  }
}

const join = (...parts: string[]): string => parts.filter((part) => part !== '').join('/')

function loggedModelFiles(client: CairnClient, model_id: string, root: string): ModelFiles {
  const list = async (folder: string): Promise<readonly FileInfo[]> => {
    const found: FileInfo[] = []
    let token: string | undefined
    do {
      const { files = [], next_page_token } = await client.call(listLoggedModelArtifacts, { model_id, ...(folder !== '' && { artifact_directory_path: folder }), ...(token !== undefined && { page_token: token }) })
      found.push(...files)
      token = next_page_token === '' ? undefined : next_page_token
    } while (token !== undefined)
    return found
  }
  const open = (path: string): Promise<Response> =>
    client.transport.send('downloadLoggedModelArtifact', `${prefixes.ajax[0]!}/logged-models/${encodeURIComponent(model_id)}/artifacts/files?artifact_file_path=${encodeURIComponent(join(root, path))}`, { method: 'GET' })
  return { place: join(`models:/${model_id}`, root), version: undefined, list: () => walk(root, list), open }
}

async function runFiles(client: CairnClient, run_id: string, root: string): Promise<ModelFiles> {
  const direct: ModelFiles = {
    place: join(`runs:/${run_id}`, root), version: undefined,
    list: () => walk(root, (folder) => client.artifacts.list(run_id, folder === '' ? undefined : folder)),
    open: (path) => client.artifacts.download(run_id, join(root, path)),
  }
  if ((await client.artifacts.list(run_id, root)).some(({ path }) => path === join(root, 'MLmodel'))) return direct
  // MLflow 3 keeps a run's models beside the run, under the name that they were logged with.
  const { outputs } = await client.runs.get(run_id)
  for (const { model_id } of (outputs?.model_outputs ?? []).toReversed()) {
    const model = await client.loggedModels.get(model_id).catch((error: unknown) => {
      if (isNotFound(error)) return undefined
      throw error
    })
    if (model?.info.name === root) return loggedModelFiles(client, model_id, '')
  }
  return direct
}

function proxiedFiles(client: CairnClient, root: string): ModelFiles {
  return {
    place: `mlflow-artifacts:/${root}`, version: undefined,
    list: () => walk(root, async (folder) => {
      const { files = [] } = await client.call(listProxiedArtifacts, folder === '' ? {} : { path: folder })
      // The proxy answers bare names.
      return files.map((file) => ({ ...file, path: join(folder, file.path) }))
    }),
    open: (path) => client.artifacts.downloadUri(`mlflow-artifacts:/${root}`, path),
  }
}

/** Every file below `root`, its path relative to it. */
async function walk(root: string, list: (folder: string) => Promise<readonly FileInfo[]>): Promise<readonly FileInfo[]> {
  const found: FileInfo[] = []
  const pending = [root]
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of await list(folder)) {
      if (entry.is_dir) pending.push(entry.path)
      else found.push(root === '' ? entry : { ...entry, path: entry.path.slice(root.length + 1) })
    }
  }
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}
