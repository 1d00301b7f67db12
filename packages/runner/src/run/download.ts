import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, posix, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { getLoggedModel, getModelVersionDownloadUri, listProxiedArtifacts } from '@cairn/protocol'
import { ApiError, type CairnClient } from '@cairn/sdk'
import { ProjectError } from '../errors.ts'
import type { Download } from '../project/parameters.ts'

/** Fetches what a parameter of type path names: files or folders of a run, a model, the server's artifact proxy, or a file of http. */
export function downloader(client: CairnClient, signal: AbortSignal): Download {
  return async (uri, folder) => {
    if (/^(?:runs|models|mlflow-artifacts):/.test(uri)) return tree(client, await rootOf(client, uri), folder, uri, signal)
    if (/^https?:\/\//.test(uri)) {
      const response = await fetch(uri, { signal }).catch((error: unknown) => {
        signal.throwIfAborted()
        throw new ProjectError(`${uri} cannot be fetched: ${((error as Error).cause as Error | undefined)?.message ?? (error as Error).message}`, 'Look whether it can be reached from here.')
      })
      if (!response.ok) throw new ProjectError(`${uri} cannot be fetched: ${response.status} ${response.statusText}`, 'Look at the address and at who may read it.')
      return save(response, folder, decodeURIComponent(posix.basename(new URL(uri).pathname)) || 'download', uri)
    }
    throw new ProjectError(`A parameter of type path names ${uri}, which is fetched by its own tools only.`, 'Fetch it first and give its path, or declare the parameter as uri and let the program read it.')
  }
}

const joined = (root: string, path: string): string => (path === '' ? root : `${root.replace(/\/+$/, '')}/${path}`)

/** The artifact URI behind the address of a run's or a model's files. */
async function rootOf(client: CairnClient, uri: string): Promise<string> {
  const run = /^runs:\/+(\w+)\/?(.*?)\/?$/.exec(uri)
  if (run !== null) return joined((await client.runs.get(run[1]!)).info.artifact_uri, run[2]!)
  return uri.startsWith('models:') ? modelRoot(client, uri) : uri.replace(/\/+$/, '')
}

/** Where a registered version's or logged model's files are, and the path behind it: `models:/name/1/file`, `models:/name@alias`, `models:/m-…`. */
async function modelRoot(client: CairnClient, uri: string): Promise<string> {
  const [, logged, loggedPath] = /^models:\/+(m-[0-9a-f]{32})\/?(.*?)\/?$/.exec(uri) ?? []
  if (logged !== undefined) return joined((await client.call(getLoggedModel, { model_id: logged })).model.info.artifact_uri, loggedPath!)
  const [, name, alias, byAlias, version, byVersion] = /^models:\/+([^/@]+)(?:@([^/]+)\/?(.*?)|\/(\d+)\/?(.*?))\/?$/.exec(uri) ?? []
  if (name === undefined) throw new ProjectError(`${uri} names no version of a model.`, 'Write models:/NAME/VERSION, models:/NAME@ALIAS or models:/MODEL_ID.')
  const number = version ?? (await client.models.getVersionByAlias(decodeURIComponent(name), alias!)).version
  const { artifact_uri } = await client.call(getModelVersionDownloadUri, { name: decodeURIComponent(name), version: number })
  // A version may be made of a logged model, or of a run's folder.
  return joined(await rootOf(client, artifact_uri), byAlias ?? byVersion ?? '')
}

/** A file or folder behind the artifact proxy, below `folder`; answers where it lies now. */
async function tree(client: CairnClient, root: string, folder: string, named: string, signal: AbortSignal): Promise<string> {
  const path = /^mlflow-artifacts:(?:\/\/[^/]*)?\/*(.*)$/.exec(root)?.[1]
  if (path === undefined) throw new ProjectError(`The files of ${named} are at ${root}, which the server does not serve.`, 'Fetch them with a program that reaches that storage, and give their path.')
  const name = posix.basename(path)
  const fetched = async (from: string, to: string): Promise<boolean> => {
    const { files = [] } = await client.call(listProxiedArtifacts, { path: from }, { signal })
    for (const file of files) {
      // The proxy answers bare names.
      const [below, target] = [`${from}/${file.path}`, `${to}/${file.path}`]
      if (file.is_dir) await fetched(below, target)
      else await save(await client.artifacts.downloadUri(`mlflow-artifacts:/${from}`, file.path, { signal }), folder, target, below)
    }
    return files.length > 0
  }
  if (await fetched(path, name)) return resolve(folder, name)
  try {
    return await save(await client.artifacts.downloadUri(`mlflow-artifacts:/${posix.dirname(path)}`, name, { signal }), folder, name, named)
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) throw new ProjectError(`There is nothing at ${named}.`, 'Look at its spelling: cairn artifacts list RUN')
    throw error
  }
}

async function save(response: Response, folder: string, name: string, from: string): Promise<string> {
  const target = resolve(folder, name)
  if (!target.startsWith(resolve(folder) + sep)) throw new ProjectError(`"${from}" is no name for a file here.`)
  await mkdir(dirname(target), { recursive: true })
  await pipeline(Readable.fromWeb(response.body as never), createWriteStream(target))
  return target
}
