import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { DatasetInput } from '@cairn/protocol'
import type { LoggedPoint } from '../metrics/index.ts'
import { experimentFolders, filesBelow, folders, linesOf, metaOf, pointOf, runFolders, textOf, texts, trash, wholeNumber, type Meta } from './mlflow-files-format.ts'
import { countFiles } from './mlflow-files-totals.ts'
import { fileRegistry } from './mlflow-files-registry.ts'
import type { Source, SourceExperiment, SourceLoggedModel, SourceModelMetric, SourcePoints, SourceRun } from './source.ts'

const pageSize = 200

/** MLflow's file store: a folder `mlruns` with a folder for each experiment, run, model. */
export function mlflowFiles(root: string, about: { identity: string; artifacts: Source['artifacts'] }): Source {
  const places = new WeakMap<SourceRun, string>()
  return {
    ...about,
    title: `MLflow's file store ${root}`,
    totals: () => countFiles(root),
    left: async () => countTraces(root),
    async experiments() {
      const found: SourceExperiment[] = []
      for (const folder of await experimentFolders(root)) found.push(await experimentAt(folder))
      return found.toSorted((a, b) => a.creation_time - b.creation_time || (a.id < b.id ? -1 : 1))
    },
    async *loggedModels() {
      for (const folder of await experimentFolders(root)) {
        const models: SourceLoggedModel[] = []
        for (const name of await folders(join(folder, 'models'))) models.push(await loggedModelAt(join(folder, 'models', name)))
        yield models
      }
    },
    async *runs() {
      for (const folder of await experimentFolders(root)) {
        const runs = await runFolders(folder)
        for (let at = 0; at < runs.length; at += pageSize) {
          yield await Promise.all(runs.slice(at, at + pageSize).map(async (place) => {
            const run = await runAt(folder, place)
            places.set(run, place)
            return run
          }))
        }
      }
    },
    async *points(runs) {
      for (const run of runs) yield* pointsOf(places.get(run)!, run.run_id)
    },
    registeredModels: () => fileRegistry(join(root, 'models')),
    async [Symbol.asyncDispose]() {},
  }
}

async function experimentAt(folder: string): Promise<SourceExperiment> {
  const meta = (await metaOf(folder))!
  const created = Number(meta['creation_time'] ?? meta['last_update_time'] ?? 0)
  return {
    id: String(meta['experiment_id']), name: String(meta['name']), artifact_location: textOf(meta['artifact_location']),
    lifecycle_stage: meta['lifecycle_stage'] === 'deleted' || basename(join(folder, '..')) === trash ? 'deleted' : 'active',
    creation_time: created, last_update_time: Number(meta['last_update_time'] ?? created), tags: await texts(join(folder, 'tags')),
  }
}

const runStatuses: Readonly<Record<string, string>> = { 1: 'RUNNING', 2: 'SCHEDULED', 3: 'FINISHED', 4: 'FAILED', 5: 'KILLED' }

async function runAt(experiment: string, folder: string): Promise<SourceRun> {
  const meta = (await metaOf(folder)) ?? {}
  const tags = await texts(join(folder, 'tags'))
  const inputs = await linksOf(join(folder, 'inputs'))
  const datasets: DatasetInput[] = []
  for (const link of inputs) {
    const dataset = link['source_type'] === 'DATASET' ? await metaOf(join(experiment, 'datasets', String(link['source_id']))) : undefined
    if (dataset === undefined) continue
    datasets.push({
      dataset: {
        name: textOf(dataset['name']), digest: textOf(dataset['digest']), source_type: textOf(dataset['source_type']), source: textOf(dataset['source']),
        ...(dataset['schema'] != null && { schema: textOf(dataset['schema']) }), ...(dataset['profile'] != null && { profile: textOf(dataset['profile']) }),
      },
      tags: Object.entries(link['tags'] as object ?? {}).map(([key, value]) => ({ key, value: String(value) })),
    })
  }
  const status = textOf(meta['status'])
  const end = meta['end_time']
  return {
    run_id: textOf(meta['run_id'] ?? meta['run_uuid'] ?? basename(folder)), experiment_id: basename(experiment),
    name: textOf(meta['run_name']) || (tags.find(({ key }) => key === 'mlflow.runName')?.value ?? ''), user_id: textOf(meta['user_id']),
    status: runStatuses[status] ?? (status === '' ? 'FINISHED' : status), start_time: wholeNumber(textOf(meta['start_time'] ?? 0)), end_time: end == null ? null : wholeNumber(textOf(end)),
    deleted: meta['lifecycle_stage'] === 'deleted', deleted_time: meta['deleted_time'] == null ? undefined : wholeNumber(textOf(meta['deleted_time'])),
    artifact_uri: textOf(meta['artifact_uri']), params: await texts(join(folder, 'params')), tags, datasets,
    model_inputs: inputs.filter((link) => link['source_type'] === 'MODEL').map((link) => String(link['source_id'])).toSorted(),
    model_outputs: (await linksOf(join(folder, 'outputs'))).map((link) => ({ model_id: String(link['destination_id']), step: wholeNumber(textOf(link['step'] ?? 0)) })),
    metrics: await sizesOf(join(folder, 'metrics')),
  }
}

const linksOf = async (folder: string): Promise<Meta[]> =>
  (await Promise.all((await folders(folder)).map((name) => metaOf(join(folder, name))))).filter((link) => link !== undefined)

/** Points that are handed on at once. */
const pointsAtOnce = 10_000

async function* pointsOf(run: string, run_id: string): AsyncGenerator<SourcePoints> {
  let points: LoggedPoint[] = []
  for (const { key, path } of await filesBelow(join(run, 'metrics'))) {
    for (const fields of linesOf(await readFile(path, 'utf8'))) {
      points.push({ key, ...pointOf(fields) })
      if (points.length < pointsAtOnce) continue
      yield { run_id, points }
      points = []
    }
  }
  if (points.length > 0) yield { run_id, points }
}

const modelStatuses = ['UNSPECIFIED', 'PENDING', 'READY', 'FAILED'] as const

async function loggedModelAt(folder: string): Promise<SourceLoggedModel> {
  const meta = (await metaOf(folder)) ?? {}
  const metrics: SourceModelMetric[] = []
  for (const { key, path } of await filesBelow(join(folder, 'metrics'))) {
    for (const fields of linesOf(await readFile(path, 'utf8'))) {
      const [, , , run_id = '', dataset_name = '', dataset_digest = ''] = fields
      metrics.push({ key, ...pointOf(fields), run_id, dataset_name, dataset_digest })
    }
  }
  const status = meta['status']
  return {
    model_id: textOf(meta['model_id'] ?? basename(folder)), experiment_id: basename(join(folder, '..', '..')), name: textOf(meta['name']), artifact_location: textOf(meta['artifact_location']),
    creation_timestamp: Number(meta['creation_timestamp'] ?? 0), last_updated_timestamp: Number(meta['last_updated_timestamp'] ?? 0),
    status: modelStatuses[Number(status)] ?? modelStatuses.find((one) => one === status) ?? 'UNSPECIFIED', model_type: textOf(meta['model_type']),
    source_run_id: textOf(meta['source_run_id']), status_message: meta['status_message'] == null ? null : textOf(meta['status_message']), deleted: meta['lifecycle_stage'] === 'deleted',
    params: await texts(join(folder, 'params')), tags: await texts(join(folder, 'tags')), metrics,
  }
}

async function sizesOf(folder: string): Promise<string> {
  const sizes = await Promise.all((await filesBelow(folder)).map(async ({ key, path }) => `${key} ${(await stat(path)).size}`))
  return sizes.join('\n')
}

async function countTraces(root: string): Promise<{ what: string; count: number }[]> {
  let count = 0
  for (const folder of await experimentFolders(root)) count += (await folders(join(folder, 'traces'))).length
  return count === 0 ? [] : [{ what: 'traces', count }]
}
