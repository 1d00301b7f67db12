import { openAsBlob } from 'node:fs'
import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import type { RunInfo } from '@cairn/protocol'
import { ApiError, isTransient, type CairnClient, type UploadBody } from '@cairn/sdk'

/** Whether it may work later: no answer, a busy server, or credentials that can be put right. */
const passes = (error: unknown): boolean =>
  isTransient(error) || (error instanceof ApiError && (error.status === 401 || error.status === 403))

/**
 * Files on their way to one run. What cannot be sent is kept in `folder` under the run's id and
 * sent by the next `resendFiles`.
 */
export class RunFiles {
  readonly #client: CairnClient
  readonly #run: RunInfo
  readonly #folder: string
  readonly #warn: (line: string) => void
  /** Whether the last file found no server: then the next ones do not wait for it at length. */
  #away = false

  constructor(client: CairnClient, run: RunInfo, folder: string, warn: (line: string) => void) {
    this.#client = client
    this.#run = run
    this.#folder = folder
    this.#warn = warn
  }

  /** One attempt; throws where it fails. */
  async try(path: string, body: UploadBody): Promise<void> {
    return this.#client.artifacts.uploadUri(this.#run.artifact_uri, path, body, { retries: 0, timeoutMs: 30_000 })
  }

  /** Sends a text, or keeps it for later; answers whether it was sent. */
  put(path: string, body: string | Uint8Array<ArrayBuffer>): Promise<boolean> {
    return this.#send(path, async () => body, async (target) => writeFile(target, body))
  }

  /** Sends a file, or keeps a copy for later; answers whether it was sent. */
  putFile(path: string, file: string): Promise<boolean> {
    return this.#send(path, () => openAsBlob(file), (target) => copyFile(file, target))
  }

  async remove(path: string): Promise<void> {
    // Tidying only: what stays is said twice, not lost.
    await this.#client.artifacts.delete(this.#run.run_id, path).catch(() => {})
  }

  async #send(path: string, body: () => Promise<UploadBody>, keep: (target: string) => Promise<void>): Promise<boolean> {
    try {
      await this.#client.artifacts.uploadUri(this.#run.artifact_uri, path, await body(), { retries: this.#away ? 0 : 2 })
      this.#away = false
      return true
    } catch (error) {
      this.#away = isTransient(error)
      const target = join(this.#folder, this.#run.run_id, ...path.split('/'))
      await mkdir(dirname(target), { recursive: true })
      await keep(`${target}.part`)
      await rename(`${target}.part`, target)
      this.#warn(passes(error)
        ? `${path} waits in ${target} until the server answers; the next "cairn run" sends it.`
        : `${path} could not be stored with the run (${(error as Error).message}). It is kept in ${target}.`)
      return false
    }
  }
}

/** Sends what earlier processes left for a server; answers how many files still wait. Stops at the first that cannot be sent now. */
export async function resendFiles(client: CairnClient, folder: string): Promise<number> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile() && !/\.(?:part|refused)$/.test(entry.name)).map((entry) => join(entry.parentPath, entry.name))
  let waiting = files.length
  for (const file of files) {
    const [runId, ...path] = relative(folder, file).split(sep)
    try {
      await client.artifacts.upload(runId!, path.join('/'), await openAsBlob(file), { retries: 0 })
      await rm(file)
      waiting -= 1
    } catch (error) {
      if (passes(error)) break
      // Refused for good: out of the way of the others, and not lost.
      await rename(file, `${file}.refused`).catch(() => {})
    }
  }
  return waiting
}
