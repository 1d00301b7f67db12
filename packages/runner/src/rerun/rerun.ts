import { withoutHashes } from '@cairn/environments'
import type { CairnClient } from '@cairn/sdk'
import { ProjectError } from '../errors.ts'
import { machineOf } from '../record/machine.ts'
import type { RunRecord } from '../record/record.ts'
import type { EnvManager, ProjectRun, RunContext, RunOutcome } from '../run/context.ts'
import { runProject } from '../run/run-project.ts'
import { differencesOf, type Compared, type Difference } from './compare.ts'
import { folderAsItIs, givenOf, knownOf, recordOfTags } from './foreign.ts'
import { findRecord, readLock, readRecord } from './recorded.ts'
import { recreateSources } from './sources.ts'

export interface RerunOutcome extends RunOutcome {
  /** The run that was repeated. */
  readonly rerun_of: string
  /** Undefined where the new run's record could not be read back. */
  readonly differences: readonly Difference[] | undefined
}

export type Rerun = Pick<ProjectRun, 'experimentName' | 'experimentId' | 'runName' | 'parameters' | 'envManager' | 'backend' | 'backendConfig' | 'dockerArgs' | 'storageDir' | 'offline' | 'systemMetrics'>

/**
 * Does a run again from its record: the same sources, parameters, Python and packages, in the same
 * experiment. Answers what differs between the two. A run that MLflow started is repeated from its tags,
 * as far as they go.
 */
export async function rerun(runId: string, over: Rerun, context: RunContext): Promise<RerunOutcome> {
  const { client, say } = context
  const run = await client.runs.get(runId)
  const { info } = run
  const own = await findRecord(client, runId)
  const foreign = own === undefined ? recordOfTags(run) : undefined
  const record = own ?? foreign ?? await readRecord(client, runId)
  const lock = await readLock(client, runId)
  if (foreign !== undefined) say('MLflow started this run, so less is known of it: changes that were not committed, packages and machine were not noted.')
  await using source = foreign !== undefined && foreign.source.commit === null ? await folderAsItIs(foreign, say) : await recreateSources({ client, runId, record, cwd: context.cwd, env: context.env, signal: context.signal, say })
  const given = foreign === undefined ? givenAgain(record) : await givenOf(foreign, source.folder, over.parameters ?? {}, context.env, say)
  const manager = record.environment.manager
  const outcome = await runProject({
    uri: record.source.uri, source, entryPoint: record.entry_point, parameters: { ...given, ...over.parameters },
    experimentId: over.experimentName === undefined ? over.experimentId ?? info.experiment_id : undefined, experimentName: over.experimentName, runName: over.runName,
    envManager: over.envManager ?? (manager === 'docker' ? undefined : manager as EnvManager),
    ...(manager !== 'local' && manager !== 'docker' && (over.envManager ?? manager) === manager && { lock: await lockHere(record, lock, context), python: record.environment.python ?? undefined }),
    backend: over.backend ?? record.backend, backendConfig: over.backendConfig ?? record.backend_config ?? undefined, dockerArgs: over.dockerArgs ?? record.docker.args, buildImage: record.docker.build_image, storageDir: over.storageDir, offline: over.offline, systemMetrics: over.systemMetrics,
    rerunOf: runId,
  }, context)
  const [before, after] = await Promise.all([compared(client, runId, record, lock), readAgain(client, outcome.run_id)])
  const known = foreign === undefined || after === undefined ? before : { ...before, record: knownOf({ ...foreign, given }, after.record), lock: after.lock }
  return { ...outcome, rerun_of: runId, differences: after === undefined ? undefined : differencesOf(known, after) }
}

/** Local files are named absolutely, since a rerun starts in another folder. */
function givenAgain({ given, paths }: RunRecord): Record<string, string> {
  const local = Object.entries(paths).filter(([name]) => !/^(?!file:)\w[\w+.-]*:/.test(given[name] ?? ''))
  return { ...given, ...Object.fromEntries(local.filter(([name]) => Object.hasOwn(given, name))) }
}

/** Hashes are of files for one kind of machine; elsewhere the versions must do. */
async function lockHere(record: RunRecord, lock: string | undefined, { env, say }: RunContext): Promise<string | undefined> {
  if (lock === undefined) return undefined
  const here = await machineOf(env)
  const same = here.arch === record.machine.arch && here.kernel.split(' ')[0] === record.machine.kernel.split(' ')[0]
  if (!same) say(`The run was on ${record.machine.kernel.split(' ')[0]!} ${record.machine.arch}, and this is ${here.kernel.split(' ')[0]!} ${here.arch}: the same versions are taken, their files are others.`)
  return same ? lock : withoutHashes(lock)
}

async function readAgain(client: CairnClient, runId: string): Promise<Compared | undefined> {
  try {
    return await compared(client, runId, await readRecord(client, runId), await readLock(client, runId))
  } catch (error) {
    if (error instanceof ProjectError) return undefined
    throw error
  }
}

async function compared(client: CairnClient, runId: string, record: RunRecord, lock: string | undefined): Promise<Compared> {
  const { data, inputs } = await client.runs.get(runId)
  const own = (data.metrics ?? []).filter(({ key }) => !key.startsWith('system/'))
  const digests = new Map<string, string[]>()
  for (const { dataset: { name, digest } } of inputs?.dataset_inputs ?? []) digests.set(name, [...digests.get(name) ?? [], digest])
  return {
    record, lock, metrics: new Map(own.map(({ key, value }) => [key, Number(value)])), params: new Map((data.params ?? []).map(({ key, value }) => [key, value])),
    datasets: new Map([...digests].map(([name, all]) => [name, [...new Set(all)].toSorted().join(', ')])),
  }
}
