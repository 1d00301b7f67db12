import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { storedValue } from '../metrics/index.ts'
import { experimentFolders, filesBelow, folders, linesOf, metaOf, pointOf, runFolders } from './mlflow-files-format.ts'
import { noTotals, type Totals } from './source.ts'

/** Counts files and lines, so that the report does not rest on what was read. A line that stands twice is one point, as in MLflow's database. */
export async function countFiles(root: string): Promise<Totals> {
  const totals = noTotals()
  const count = async (thing: keyof Totals, folder: string): Promise<void> => { totals[thing] += (await filesBelow(folder)).length }
  for (const experiment of await experimentFolders(root)) {
    totals.experiments += 1
    await count('experiment tags', join(experiment, 'tags'))
    for (const run of await runFolders(experiment)) {
      totals.runs += 1
      await count('params', join(run, 'params'))
      await count('tags', join(run, 'tags'))
      await count('metrics', join(run, 'metrics'))
      totals['metric points'] += await countLines(join(run, 'metrics'))
      for (const name of await folders(join(run, 'inputs'))) {
        totals[(await metaOf(join(run, 'inputs', name)))?.['source_type'] === 'DATASET' ? 'dataset inputs' : 'model inputs'] += 1
      }
      totals['model outputs'] += (await folders(join(run, 'outputs'))).length
    }
    for (const name of await folders(join(experiment, 'models'))) {
      const model = join(experiment, 'models', name)
      totals['logged models'] += 1
      await count('logged model params', join(model, 'params'))
      await count('logged model tags', join(model, 'tags'))
      totals['logged model metrics'] += await countLines(join(model, 'metrics'), 6)
    }
  }
  for (const name of await folders(join(root, 'models'))) {
    const model = join(root, 'models', name)
    if (await metaOf(model) === undefined) continue
    totals['registered models'] += 1
    await count('registered model tags', join(model, 'tags'))
    await count('aliases', join(model, 'aliases'))
    for (const version of (await folders(model)).filter((folder) => folder.startsWith('version-'))) {
      if ((await metaOf(join(model, version)))?.['current_stage'] === 'Deleted_Internal') continue
      totals['model versions'] += 1
      await count('model version tags', join(model, version, 'tags'))
    }
  }
  return totals
}

async function countLines(folder: string, fields = 3): Promise<number> {
  let lines = 0
  for (const { path } of await filesBelow(folder)) {
    lines += new Set(linesOf(await readFile(path, 'utf8')).map((line) => {
      const { timestamp, value, step } = pointOf(line)
      return [timestamp, Number.isNaN(value) ? 'NaN' : storedValue(value), step, ...line.slice(3, fields)].join(' ')
    })).size
  }
  return lines
}
