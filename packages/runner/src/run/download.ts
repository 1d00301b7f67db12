import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join, posix, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { CairnClient } from '@cairn/sdk'
import { downloadArtifacts } from '@cairn/sdk/node'
import { ProjectError } from '../errors.ts'
import type { Download } from '../project/parameters.ts'

/** Fetches what a parameter of type path names: `runs:/…`, a file behind the server's artifact proxy, or http. */
export function downloader(client: CairnClient, signal: AbortSignal): Download {
  return async (uri, folder) => {
    const run = /^runs:\/+(\w+)\/?(.*?)\/?$/.exec(uri)
    if (run !== null) {
      const path = run[2]!
      const written = await downloadArtifacts(client, run[1]!, path, folder)
      if (written.length === 0) throw new ProjectError(`${uri} has no files.`, `Look at them: cairn artifacts list ${run[1]!}`)
      return join(folder, path)
    }
    if (uri.startsWith('mlflow-artifacts:')) {
      const name = posix.basename(uri.replace(/\/+$/, ''))
      return save(await client.artifacts.downloadUri(posix.dirname(uri), name, { signal }), folder, name)
    }
    if (/^https?:\/\//.test(uri)) {
      const response = await fetch(uri, { signal }).catch((error: unknown) => {
        signal.throwIfAborted()
        throw new ProjectError(`${uri} cannot be fetched: ${((error as Error).cause as Error | undefined)?.message ?? (error as Error).message}`, 'Look whether it can be reached from here.')
      })
      if (!response.ok) throw new ProjectError(`${uri} cannot be fetched: ${response.status} ${response.statusText}`, 'Look at the address and at who may read it.')
      return save(response, folder, posix.basename(new URL(uri).pathname) || 'download')
    }
    throw new ProjectError(`A parameter of type path names ${uri}, which is fetched by its own tools only.`, 'Fetch it first and give its path, or declare the parameter as uri and let the program read it.')
  }
}

async function save(response: Response, folder: string, name: string): Promise<string> {
  const target = resolve(folder, decodeURIComponent(name))
  if (!target.startsWith(resolve(folder) + sep)) throw new ProjectError(`"${name}" is no name for a file.`)
  await mkdir(dirname(target), { recursive: true })
  await pipeline(Readable.fromWeb(response.body as never), createWriteStream(target))
  return target
}
