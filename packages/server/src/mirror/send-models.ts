import type { ArtifactRoots } from '../artifacts/index.ts'
import type { Database } from '../platform/db/index.ts'
import { fillFolder, HttpTarget, noCopies, ownFolder, uploads, type MlflowApi, type SourceLoggedModel, type SourceRegisteredModel } from '../transfer/index.ts'
import type { Thing } from './mirror-store.ts'
import { ignoreMissing } from './send-run.ts'
import { endFiles, noteThing, putOffFiles, type Changed, type dueFiles } from './operations.ts'

interface Placed {
  readonly uri: string
  readonly own: string
}

const placeOf = ({ about }: Thing): Placed => JSON.parse(about) as Placed

export async function sendModel(api: MlflowApi, db: Database, { thing, mark, known, experiment, runs }: Changed<SourceLoggedModel> & { readonly experiment: Thing; readonly runs: readonly Thing[] }): Promise<void> {
  const target = targetWith(api, runs, [])
  const [placed] = await target.models([{ model: thing, experiment: { id: experiment.there, artifact_location: '', state: 'merged' } }])
  await target.finish()
  await db.write(noteThing, {
    thing: { kind: 'model', here: thing.model_id, there: placed!.id, mark, problem: null, about: JSON.stringify({ uri: placed!.artifact_uri, own: thing.artifact_location } satisfies Placed) },
    files: known === undefined || thing.status === 'READY' ? 'model' : undefined,
  })
}

function targetWith(api: MlflowApi, runs: readonly Thing[], models: readonly Thing[]): HttpTarget {
  const target = new HttpTarget(api)
  for (const { here, there } of runs) target.knowRun(here, there)
  for (const model of models) target.knowModel(model.here, { id: model.there, artifact_uri: placeOf(model).uri })
  return target
}

export async function sendLinks(api: MlflowApi, db: Database, { run, mark, there, models }: { run: Parameters<HttpTarget['links']>[0][number]['run']; mark: string; there: Thing; models: readonly Thing[] }): Promise<void> {
  await targetWith(api, [there], models).links([{ run, experiment: { id: '', artifact_location: '', state: 'merged' }, placed: { id: there.there, artifact_uri: placeOf(there).uri, state: 'again' } }])
  await db.write(noteThing, { thing: { kind: 'links', here: run.run_id, there: there.there, mark, about: '', problem: null } })
}

interface AboutRegistered {
  readonly versions: readonly number[]
  readonly aliases: readonly string[]
  readonly tags: readonly string[]
}

/** A registered model with its versions; what it had when it was sent before and has no more goes there too. */
export async function sendRegistered(api: MlflowApi, db: Database, { thing, mark, known }: Changed<SourceRegisteredModel>, runs: readonly Thing[], models: readonly Thing[]): Promise<void> {
  const { name } = thing
  const target = targetWith(api, runs, models)
  const moved = (uri: string): string => {
    for (const one of [...runs, ...models]) {
      const { uri: to, own } = placeOf(one)
      if (uri === own || uri.startsWith(`${own}/`)) return to + uri.slice(own.length)
    }
    return uri
  }
  await target.registry.put({ ...thing, versions: thing.versions.map((version) => ({ ...version, source: moved(version.source) })) }, target)
  const before: AboutRegistered = known === undefined || known.about === '' ? { versions: [], aliases: [], tags: [] } : JSON.parse(known.about) as AboutRegistered
  const now: AboutRegistered = { versions: thing.versions.map(({ version }) => version), aliases: thing.aliases.map(({ alias }) => alias), tags: thing.tags.map(({ key }) => key) }
  for (const alias of before.aliases) if (!now.aliases.includes(alias)) await api.post('registered-models/alias', { name, alias }, 'DELETE').catch(ignoreMissing)
  for (const key of before.tags) if (!now.tags.includes(key)) await api.post('registered-models/delete-tag', { name, key }, 'DELETE').catch(ignoreMissing)
  for (const version of before.versions) if (!now.versions.includes(version)) await api.post('model-versions/delete', { name, version: String(version) }, 'DELETE').catch(ignoreMissing)
  await db.write(noteThing, { thing: { kind: 'registered', here: name, there: name, mark, about: JSON.stringify(now), problem: null } })
}

const laterMs = 60_000

/** Copies the files of a run or a model that are not there in the same size. Where that cannot be, it is tried again later and holds nobody up. */
export async function sendFiles(api: MlflowApi, db: Database, { thing, location, ...files }: Awaited<ReturnType<typeof dueFiles.run>>[number], roots: ArtifactRoots, now: number, signal: AbortSignal): Promise<void> {
  const putOff = (problem: string) => db.write(putOffFiles, { files, nextTime: now + laterMs, problem })
  // Gone here, or of another workspace; what is not there yet brings its files when it comes.
  if (location === undefined || thing === undefined || thing.there === '') return db.write(endFiles, files)
  const { uri } = placeOf(thing)
  const [from, to] = [ownFolder(roots, location), uploads(api, uri)]
  if (from === undefined) return putOff(`They are at ${location}, where this server has no storage.`)
  if (to === undefined) return putOff(`The server there keeps them at ${uri}, which cannot be reached through it.`)
  const counts = noCopies()
  try {
    await fillFolder(from, to, uri, counts, signal)
  } catch (error) {
    signal.throwIfAborted()
    return putOff((error as Error).message)
  }
  const [failed] = counts.failed
  await (failed === undefined ? db.write(endFiles, files) : putOff(`${failed.file}: ${failed.why}`))
}
