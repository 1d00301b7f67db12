import type { ArtifactRoots } from '../artifacts/index.ts'
import type { Database } from '../platform/db/index.ts'
import { dueModels, dueRuns, named, runsNotDue, someExperiments, type Cutoff, type DueModel, type DueRun, type LookedAtExperiment } from './due-store.ts'
import { removeAbandonedUploads, removeEmptyFolder, removeOrphanFiles, removeOrphanRows, removeUnusedNames } from './orphans.ts'
import { eachOf, startPass, type GcOptions, type Pass } from './pass.ts'
import { removeExperiment } from './removal-store.ts'
import { finishEarlier, removeThing, whyNot, type Thing } from './remove.ts'
import { Tally, type GcReport } from './report.ts'

/** What was asked for by id cannot be removed; nothing was. The message has a sentence for each. */
export class GcRefused extends Error {}

/**
 * Removes for good what was deleted long enough, with its files, and what belongs to nothing. Servers may
 * work meanwhile. Ended at any moment, the next pass goes on where this one was.
 */
export async function collectGarbage(db: Pick<Database, 'scan' | 'write'>, roots: ArtifactRoots, options: GcOptions): Promise<GcReport> {
  const tally = new Tally(options.progress)
  const pass = startPass(db, roots, options, tally)
  let complete = true
  try {
    if (options.only === undefined) {
      tally.step('files of what was removed before')
      await finishEarlier(pass)
      await removeDue(pass)
    } else await removeNamed(pass, options.only)
    if (options.abandonedUploads !== undefined) await removeAbandonedUploads(pass, options.abandonedUploads)
    if (options.orphanRows) await removeOrphanRows(pass)
    if (options.unusedNames !== undefined) await removeUnusedNames(pass, options.unusedNames)
    if (options.orphanFiles !== undefined) await removeOrphanFiles(pass, options.orphanFiles)
  } catch (error) {
    if (!options.signal.aborted) throw error
    complete = false
  }
  return tally.report(options.dryRun, complete)
}

async function removeDue(pass: Pass): Promise<void> {
  const { db, options, tally } = pass
  tally.step('what was deleted')
  for (let after = -1; ;) {
    const experiments = await db.scan(someExperiments, { after, workspace: options.workspace })
    if (experiments.length === 0) return
    for (const experiment of experiments) {
      options.signal.throwIfAborted()
      const cutoff = options.cutoff(experiment)
      if (cutoff !== undefined) await removeDueIn(pass, experiment, cutoff, experiment.deleted && (cutoff === null || experiment.last_update_time <= cutoff))
    }
    after = experiments.at(-1)!.id
  }
}

/** `whole`: the experiment too, with all its models. */
async function removeDueIn(pass: Pass, experiment: LookedAtExperiment, cutoff: Cutoff, whole: boolean): Promise<void> {
  const { db, tally } = pass
  const { id: experiment_id } = experiment
  let goes = whole
  if (whole) {
    const { active, young } = await db.scan(runsNotDue, { experiment_id, cutoff })
    if (active + young > 0) {
      goes = false
      tally.leave({
        kind: 'experiment', id: String(experiment_id), reason: 'not-empty',
        why: active > 0 ? `${active} of its runs are not deleted.` : `${young} of its runs were deleted later than the age says.`,
      })
    }
  }
  for (let after = -1; ;) {
    const runs = await db.scan(dueRuns, { experiment_id, cutoff, after })
    if (runs.length === 0) break
    await removeThings(pass, runs.map(runThing), cutoff)
    after = runs.at(-1)!.id
  }
  for (let after = -1; ;) {
    const models = await db.scan(dueModels, { experiment_id, cutoff, after, all: goes })
    if (models.length === 0) break
    await removeThings(pass, models.map(modelThing), cutoff)
    after = models.at(-1)!.id
  }
  if (goes) await removeExperimentItself(pass, experiment, cutoff)
}

async function removeThings(pass: Pass, things: readonly Thing[], cutoff: Cutoff): Promise<void> {
  await (await pass.uses()).refresh()
  await eachOf(things, pass.options.signal, (thing) => removeThing(pass, thing, cutoff))
}

async function removeExperimentItself(pass: Pass, { id, artifact_location }: LookedAtExperiment, cutoff: Cutoff): Promise<void> {
  const { db, options, tally } = pass
  if (options.dryRun) return tally.things('experiments')
  if (!await db.write(removeExperiment, { id, cutoff, author: { principal: options.principal, now: options.now() } })) {
    return tally.leave({ kind: 'experiment', id: String(id), reason: 'not-empty', why: 'Some of its runs or models had to stay, or it was brought back meanwhile.' })
  }
  tally.things('experiments')
  const uses = await pass.uses()
  uses.forget(`experiment:${id}`)
  await removeEmptyFolder(pass, artifact_location)
}

const runThing = ({ run_id, artifact_uri }: DueRun): Thing => ({ kind: 'run', id: run_id, location: artifact_uri })
const modelThing = ({ model_id, artifact_location }: DueModel): Thing => ({ kind: 'model', id: model_id, location: artifact_location })

const experimentId = /^(?:0|[1-9]\d{0,14})$/

/** What was named must be there, deleted, old enough and needed by nobody; else nothing is removed. */
async function removeNamed(pass: Pass, { run_ids, experiment_ids, model_ids }: NonNullable<GcOptions['only']>): Promise<void> {
  const { db, options, tally } = pass
  const numbers = experiment_ids.filter((id) => experimentId.test(id)).map(Number)
  const found = await db.scan(named, { runs: run_ids, experiments: numbers, models: model_ids })
  const cutoff = options.cutoff(nobody) ?? null
  const old = (time: number | null): boolean => cutoff === null || (time !== null && time <= cutoff)
  const problems: string[] = []
  const missing = <T>(wanted: readonly T[], known: readonly T[], what: string): void => {
    for (const id of new Set(wanted)) if (!known.includes(id)) problems.push(`There is no ${what} ${String(id)}.`)
  }
  missing(run_ids, found.runs.map(({ run_id }) => run_id), 'run')
  missing(experiment_ids, found.experiments.map(({ id }) => String(id)), 'experiment')
  missing(model_ids, found.models.map(({ model_id }) => model_id), 'logged model')
  const check = (what: string, deleted: boolean, time: number | null): boolean => {
    if (!deleted) problems.push(`${what} is not deleted; delete it first.`)
    else if (!old(time)) problems.push(`${what} was deleted later than the age says.`)
    return deleted && old(time)
  }
  const things: Thing[] = [
    ...found.runs.filter((run) => check(`Run ${run.run_id}`, run.deleted === 1, run.deleted_time)).map(runThing),
    ...found.models.filter((model) => check(`Logged model ${model.model_id}`, model.deleted === 1, model.last_updated_timestamp)).map(modelThing),
  ]
  for (const experiment of found.experiments) check(`Experiment ${experiment.id}`, experiment.deleted, experiment.last_update_time)
  for (const thing of things) {
    const why = await whyNot(pass, thing)
    if (why !== undefined) problems.push(`${thing.kind === 'run' ? 'Run' : 'Logged model'} ${thing.id} stays. ${why}`)
  }
  if (problems.length > 0) throw new GcRefused(problems.join('\n'))
  tally.step('what was named')
  await removeThings(pass, things, cutoff)
  for (const experiment of found.experiments) await removeDueIn(pass, experiment, cutoff, true)
}

const nobody: LookedAtExperiment = { id: -1, name: '', artifact_location: '', deleted: false, last_update_time: 0, retention: null }
