import { chmod, mkdir, mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CairnClient } from '@cairn/sdk'
import { ProjectError } from '../errors.ts'
import { capture, type Variables } from '../process.ts'
import { patchFile, untrackedFolder, type RunRecord } from '../record/record.ts'
import { fetchProject, type Source } from '../source/fetch.ts'
import { checkOutCommit, gitEnv, gitText } from '../source/git.ts'
import { fileBytes } from './recorded.ts'

interface Input {
  readonly client: CairnClient
  readonly runId: string
  readonly record: RunRecord
  readonly cwd: string
  readonly env: Variables
  readonly signal: AbortSignal
  readonly say: (line: string) => void
}

/** The sources of a run as they were: the commit, the patch, and the files that no commit had. */
export async function recreateSources({ client, runId, record, cwd, env, signal, say }: Input): Promise<Source> {
  const { source } = record
  if (source.kind === 'zip') return fetchProject({ uri: source.uri, cwd, env, signal, say })
  const place = await realpath(await mkdtemp(join(tmpdir(), 'cairn-rerun-')))
  const remove = () => rm(place, { recursive: true, force: true, maxRetries: 3 })
  try {
    if (source.commit === null) {
      const lost = source.untracked.filter(({ kept }) => kept !== true)
      if (source.tree_digest === null || lost.length > 0) {
        await remove()
        return await inPlace(record, lost.map(({ path }) => path), say)
      }
    } else {
      const root = source.root !== null && await stat(source.root).then(() => true, () => false) ? [pathToFileURL(source.root).href] : []
      const address = source.kind === 'git' ? [source.uri.split('#')[0]!] : []
      const remote = source.remote === null || address.includes(source.remote) ? [] : [source.remote]
      const from = await checkOutCommit([...root, ...address, ...remote], source.commit, place, env, signal)
      say(`Took commit ${source.commit} from ${from}.`)
      if (source.remote !== null) await gitText(['remote', 'set-url', 'origin', source.remote], { cwd: place, env })
      await applyPatch(client, runId, record, place, env)
    }
    for (const { path, kept, executable } of source.untracked) {
      if (kept !== true) {
        say(`${path} was not kept with the run (${kept}), so it is missing here.`)
        continue
      }
      const target = resolve(place, path)
      if (!target.startsWith(place + sep)) throw new ProjectError(`The record names a file outside of the project: ${path}`)
      const bytes = await fileBytes(client, runId, `${untrackedFolder}/${path}`)
      if (bytes === undefined) throw new ProjectError(`The file ${path} is in the record of the run and not among its artifacts.`, `Look at them: cairn artifacts list ${runId} ${untrackedFolder}`)
      await mkdir(dirname(target), { recursive: true })
      await writeFile(target, bytes)
      if (executable) await chmod(target, 0o755)
    }
    return {
      kind: source.kind, uri: source.uri, version: source.version ?? undefined, branch: source.kind === 'git' && source.branch !== null ? source.branch : undefined,
      folder: join(place, source.subfolder), origin: { kind: source.kind, uri: source.uri, root: source.root }, [Symbol.asyncDispose]: remove,
    }
  } catch (error) {
    await remove()
    throw error
  }
}

async function applyPatch(client: CairnClient, runId: string, { source }: RunRecord, place: string, env: Variables): Promise<void> {
  if (source.patch_sha256 === null) return
  const patch = source.patch_kept ? await fileBytes(client, runId, patchFile) : undefined
  if (patch === undefined) throw new ProjectError(`Run ${runId} had uncommitted changes, and their patch is not among its artifacts.`, 'It was larger than what is kept. Commit such changes before a run.')
  const { code, err } = await capture(['git', 'apply', '--binary', '--whitespace=nowarn', '-'], { cwd: place, env: gitEnv(env), input: patch })
  if (code !== 0) throw new ProjectError(`The uncommitted changes of run ${runId} do not apply to commit ${source.commit ?? ''}: ${err.trim()}`, `Look at them: cairn artifacts download ${runId} ${patchFile}`)
}

/** A folder of which not all was kept can only be run where it lies. */
async function inPlace({ source }: RunRecord, lost: readonly string[], say: (line: string) => void): Promise<Source> {
  const why = lost.length === 0 ? 'its sources were too large to keep' : `not all of its sources were kept (${lost.slice(0, 3).join(', ')}${lost.length > 3 ? ', …' : ''})`
  if (!await stat(source.uri).then((info) => info.isDirectory(), () => false)) {
    throw new ProjectError(`The project of this run lay in ${source.uri}, in no git repository; ${why}, and the folder is not here.`, 'Put the folder back, or run the project anew from a repository: cairn run')
  }
  say(`Running ${source.uri} as it is now: ${why}.`)
  return { kind: 'folder', uri: source.uri, version: undefined, branch: undefined, folder: source.uri, [Symbol.asyncDispose]: async () => {} }
}
