import { createHash } from 'node:crypto'
import { pointsBehind, type HandedOn } from '../metrics/index.ts'
import { read, write, type AnyOperation } from '../platform/db/index.ts'
import { cairnSource, runsOfNumbers, type OwnRun, type SourceExperiment, type SourceLoggedModel, type SourceRegisteredModel } from '../transfer/index.ts'
import * as store from './mirror-store.ts'
import type { Thing } from './mirror-store.ts'

/** A thing that looks otherwise than when it was sent. */
export interface Changed<T> {
  readonly thing: T
  readonly mark: string
  readonly known: Thing | undefined
}

const markOf = (thing: unknown): string => createHash('sha256').update(JSON.stringify(thing, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : typeof value === 'number' && !Number.isFinite(value) ? String(value) : value))).digest('base64url').slice(0, 24)

const differing = <T>(things: readonly T[], known: ReadonlyMap<string, Thing>, nameOf: (thing: T) => string): Changed<T>[] => things
  .map((thing) => ({ thing, mark: markOf(thing), known: known.get(nameOf(thing)) }))
  .filter(({ mark, known: before }) => before?.mark !== mark)

export const changedExperiments = read('mirror.experiments', async (tx, { workspace }: { workspace: number }): Promise<Changed<SourceExperiment>[]> =>
  differing(await cairnSource(tx, workspace).experiments(), await store.selectThings(tx, 'experiment'), ({ id }) => id))

export interface ChangedRun {
  readonly run: OwnRun
  readonly mark: string
  readonly known: Thing | undefined
  readonly experiment: Thing | undefined
}

const page = 64

export const changedRuns = read('mirror.runs', async (tx, { workspace }: { workspace: number }): Promise<ChangedRun[]> => {
  const changed = await store.changedRuns(tx, workspace, page)
  const runs = new Map((await runsOfNumbers(tx, changed.map(([number]) => number))).map((run) => [run.run_id, run]))
  const found: ChangedRun[] = []
  for (const [, runId, mark] of changed) {
    const run = runs.get(runId)!
    found.push({ run, mark, known: await store.selectThing(tx, 'run', runId), experiment: await store.selectThing(tx, 'experiment', run.experiment_id) })
  }
  return found
})

/** What of a run's points was not sent, and how far that goes. */
export const unsentPoints = read('mirror.points', async (tx, { run, runId, limit }: { run: number; runId: string; limit: number }) =>
  pointsBehind(tx, run, await store.selectHandedOn(tx, runId), limit))

export const notePoints = write('mirror.pointsSent', (tx, { runId, handedOn }: { runId: string; handedOn: readonly HandedOn[] }) => store.putHandedOn(tx, runId, handedOn))

/** A run is made anew there. */
export const beginAgain = write('mirror.beginAgain', async (tx, { runId }: { runId: string }) => {
  await store.forgetHandedOn(tx, runId)
  await store.deleteThing(tx, 'links', runId)
})

export const noteThing = write('mirror.sent', async (tx, { thing, files }: { thing: Thing; files?: 'run' | 'model' | undefined }): Promise<void> => {
  await store.putThing(tx, thing)
  if (files !== undefined) await store.noteFiles(tx, files, thing.here)
})

export const changedModels = read('mirror.models', async (tx, { workspace }: { workspace: number }) => {
  const known = await store.selectThings(tx, 'model')
  const experiments = await store.selectThings(tx, 'experiment')
  const found: (Changed<SourceLoggedModel> & { readonly experiment: Thing; readonly runs: Thing[] })[] = []
  for await (const models of cairnSource(tx, workspace).loggedModels()) {
    for (const changed of differing(models.filter(({ experiment_id }) => experiments.has(experiment_id)), known, ({ model_id }) => model_id)) {
      const ids = new Set([changed.thing.source_run_id, ...changed.thing.metrics.map(({ run_id }) => run_id)])
      found.push({ ...changed, experiment: experiments.get(changed.thing.experiment_id)!, runs: await things(tx, 'run', ids) })
      if (found.length >= page) return found
    }
  }
  return found
})

const things = async (tx: Parameters<typeof store.selectThing>[0], kind: store.ThingKind, ids: Iterable<string>): Promise<Thing[]> => {
  const found: Thing[] = []
  for (const id of ids) {
    const thing = await store.selectThing(tx, kind, id)
    if (thing !== undefined && thing.there !== '') found.push(thing)
  }
  return found
}

export const changedLinks = read('mirror.links', async (tx, { workspace }: { workspace: number }) => {
  const changed = await store.changedLinks(tx, workspace, page)
  const runs = new Map((await runsOfNumbers(tx, changed.map(([number]) => number))).map((run) => [run.run_id, run]))
  const found: { run: OwnRun; mark: string; there: Thing | undefined; models: Thing[] }[] = []
  for (const [, runId, mark] of changed) {
    const run = runs.get(runId)!
    const there = await store.selectThing(tx, 'run', runId)
    found.push({ run, mark, there, models: await things(tx, 'model', new Set([...run.model_inputs, ...run.model_outputs.map(({ model_id }) => model_id)])) })
  }
  return found
})

/** Registered models that have changed, and those that are gone here; runs and models that their versions name. */
export const changedRegistry = read('mirror.registry', async (tx, { workspace }: { workspace: number }) => {
  const known = await store.selectThings(tx, 'registered')
  const all: SourceRegisteredModel[] = []
  for await (const model of cairnSource(tx, workspace).registeredModels()) all.push(model)
  const changed = differing(all, known, ({ name }) => name)
  const versions = changed.flatMap(({ thing }) => thing.versions)
  const ids = (of: (version: (typeof versions)[number]) => string | null | undefined): Set<string> => new Set(versions.map(of).filter((id): id is string => id !== null && id !== undefined && id !== ''))
  const names = new Set(all.map(({ name }) => name))
  return {
    changed, gone: [...known.values()].filter(({ here }) => !names.has(here)),
    runs: await things(tx, 'run', ids(({ run_id, source }) => run_id || /^runs:\/+([^/]+)/.exec(source)?.[1])),
    models: await things(tx, 'model', ids(({ logged_model_id, source }) => logged_model_id ?? /^models:\/+(m-[0-9a-f]+)/.exec(source)?.[1])),
  }
})

/** What was refused is tried again: the server there may have changed, or what it needs has come. */
export const retryRefused = write('mirror.retry', async (tx, _input: null): Promise<void> => { await store.clearRefused(tx) })

export const forgetThing = write('mirror.gone', async (tx, { kind, here }: { kind: store.ThingKind; here: string }): Promise<void> => { await store.deleteThing(tx, kind, here) })

/** Files of a run or a model may have changed. */
export const noteFiles = write('mirror.files', async (tx, { kind, here }: { kind: 'run' | 'model'; here: string }): Promise<void> => { await store.noteFiles(tx, kind, here) })

export const dueFiles = read('mirror.dueFiles', async (tx, { now }: { now: number }) => {
  const found: (store.ChangedFiles & { readonly thing: Thing | undefined; readonly location: string | undefined })[] = []
  for (const file of await store.dueFiles(tx, now, page)) {
    found.push({ ...file, thing: await store.selectThing(tx, file.kind, file.here), location: await store.locationOf(tx, file) })
  }
  return found
})
export const endFiles = write('mirror.endFiles', async (tx, files: store.ChangedFiles): Promise<void> => { await store.endFiles(tx, files) })
export const putOffFiles = write('mirror.putOffFiles', async (tx, { files, nextTime, problem }: { files: store.ChangedFiles; nextTime: number; problem: string }): Promise<void> => { await store.putOffFiles(tx, files, nextTime, problem) })

/** How it goes, as it was written down last. */
export const readState = read('mirror.state', async (tx) => ({ ...await store.selectState(tx), ...await store.countWaiting(tx), problems: await store.someProblems(tx) }))
export const writeState = write('mirror.writeState', async (tx, { target, state }: { target: string; state: string }): Promise<void> => { await store.putState(tx, target, state) })

/** From now on everything goes to this server: what was sent to another is forgotten. */
export const chooseTarget = write('mirror.target', async (tx, { target }: { target: string }): Promise<void> => {
  const before = await store.selectState(tx)
  if (before?.target === target) return
  await store.forgetAll(tx)
  await store.putState(tx, target, '{}')
})

export const mirrorOperations: AnyOperation[] = [
  changedExperiments, changedRuns, unsentPoints, notePoints, beginAgain, noteThing, changedModels, changedLinks, changedRegistry, retryRefused, forgetThing, noteFiles, dueFiles, endFiles, putOffFiles,
  readState, writeState, chooseTarget,
]
