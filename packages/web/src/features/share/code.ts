import { printExactName, prefixes } from '@cairn/protocol'
import type { Place } from '../../app/router.ts'
import { readList, readSearch } from '../experiments/list-state.ts'
import { nameLike } from '../palette/name-like.ts'
import { readTable } from '../runs/table/table-state.ts'
import { asGrammar } from '../runs/which.ts'

export interface InCode {
  readonly python: string
  readonly typescript: string
}

const text = (value: string): string => JSON.stringify(value)
const list = (values: readonly string[]): string => `[${values.map(text).join(', ')}]`
const python = (url: string, body: string): string => `import mlflow\n\nmlflow.set_tracking_uri(${text(url)})\n${body}\n`
const typescript = (url: string, body: string): string => `import { CairnClient } from '@cairn/sdk'\n\nconst client = new CairnClient({ url: ${text(url)} })\n${body}\n`

/** How a page's content is read in a program, with its filter and order; `search` is the query of the address. */
export function inCode(place: Place, search: string, url: string): InCode {
  switch (place.page) {
    case 'experiment': return ofRuns(place.ids, search, url)
    case 'run': return place.tab === 'artifacts' && place.path !== '' ? ofArtifact(place.id, place.path, url) : {
      python: python(url, `run = mlflow.get_run(${text(place.id)})
print(run.data.params, run.data.metrics)
for key in run.data.metrics:
    for point in mlflow.MlflowClient().get_metric_history(run.info.run_id, key):
        print(key, point.step, point.value)`),
      typescript: typescript(url, `const run = await client.runs.get(${text(place.id)})
console.log(run.data.params, run.data.metrics)
for (const { key } of run.data.metrics ?? []) {
  for await (const { step, value } of client.metrics.history(run.info.run_id, key)) console.log(key, step, value)
}`),
    }
    case 'compare': return {
      python: python(url, `for run_id in ${list(place.runs)}:
    run = mlflow.get_run(run_id)
    print(run.info.run_name, run.data.params, run.data.metrics)`),
      typescript: typescript(url, `for (const run_id of ${list(place.runs)}) {
  const { info, data } = await client.runs.get(run_id)
  console.log(info.run_name, data.params, data.metrics)
}`),
    }
    case 'model': return {
      python: python(url, `for version in mlflow.search_model_versions(filter_string=${text(printExactName(place.name))}):
    print(version.version, version.run_id, version.source)`),
      typescript: typescript(url, `const { items } = await client.models.searchVersionsPage({ filter: ${text(printExactName(place.name))} })
for (const { version, run_id, source } of items) console.log(version, run_id, source)`),
    }
    case 'version': return {
      python: python(url, `model = mlflow.pyfunc.load_model(${text(`models:/${place.name}/${place.version}`)})
print(model.metadata.signature)`),
      typescript: typescript(url, `const { source, run_id, tags } = await client.models.getVersion(${text(place.name)}, ${text(place.version)})
console.log(source, run_id, tags)`),
    }
    case 'logged-model': return {
      python: python(url, `model = mlflow.pyfunc.load_model(${text(`models:/${place.id}`)})
print(mlflow.get_logged_model(${text(place.id)}))
print(model.metadata.signature)`),
      typescript: typescript(url, `const { info, data } = await client.loggedModels.get(${text(place.id)})
console.log(info.name, data.params, data.metrics)`),
    }
    case 'endpoint': return {
      python: `import requests

answer = requests.get(${text(`${url}${prefixes.cairn[0]}/endpoints/${encodeURIComponent(place.name)}`)})
answer.raise_for_status()
print(answer.json())
`,
      typescript: typescript(url, `console.log(await client.endpoints.get(${text(place.name)}))`),
    }
    case 'endpoints': return {
      python: `import requests

answer = requests.get(${text(`${url}${prefixes.cairn[0]}/endpoints`)})
answer.raise_for_status()
print(answer.json())
`,
      typescript: typescript(url, `const { items } = await client.endpoints.listPage({})
for (const { name, model_name, traffic } of items) console.log(name, model_name, traffic)`),
    }
    case 'models': {
      const filter = place.find === '' ? undefined : text(nameLike(place.find))
      return {
        python: python(url, `for model in mlflow.search_registered_models(${filter === undefined ? '' : `filter_string=${filter}`}):\n    print(model.name, model.aliases)`),
        typescript: typescript(url, `const { items } = await client.models.searchPage({${filter === undefined ? '' : ` filter: ${filter} `}})\nfor (const { name, aliases } of items) console.log(name, aliases)`),
      }
    }
    case 'experiments': return ofExperiments(search, url)
    default: return ofExperiments('', url)
  }
}

function ofExperiments(search: string, url: string): InCode {
  const { find, archive } = readList(new URLSearchParams(search))
  const { words, tags } = readSearch(find)
  // A search by tags knows no "any value" but this.
  const filter = [...words.map((word) => nameLike(word)), ...tags.map(({ key, value }) => `tags.\`${key}\` ${value === undefined ? "LIKE '%'" : `= ${value.includes("'") ? `"${value}"` : `'${value}'`}`}`)].join(' AND ')
  const inPython = [...(filter === '' ? [] : [`filter_string=${text(filter)}`]), ...(archive ? ['view_type=mlflow.entities.ViewType.DELETED_ONLY'] : [])].join(', ')
  const input = [...(filter === '' ? [] : [`filter: ${text(filter)}`]), ...(archive ? ["view_type: 'DELETED_ONLY'"] : [])].join(', ')
  return {
    python: python(url, `for experiment in mlflow.search_experiments(${inPython}):\n    print(experiment.experiment_id, experiment.name)`),
    typescript: typescript(url, `for await (const { experiment_id, name } of client.experiments.search(${input === '' ? '' : `{ ${input} }`})) console.log(experiment_id, name)`),
  }
}

const ofArtifact = (run: string, path: string, url: string): InCode => ({
  python: python(url, `path = mlflow.artifacts.download_artifacts(run_id=${text(run)}, artifact_path=${text(path)})
print(path)`),
  typescript: typescript(url, `const file = await client.artifacts.download(${text(run)}, ${text(path)})
console.log(await file.text())`),
})

function ofRuns(ids: readonly string[], search: string, url: string): InCode {
  const { filter: said, sort: order, stage } = readTable(new URLSearchParams(search))
  // The highest of a curve is nothing that MLflow's search sorts by.
  const sort = order.filter((one) => !/^(?:min|max)\(/.test(one))
  const filter = asGrammar(said)
  const deleted = stage === 'deleted'
  return {
    python: python(url, `runs = mlflow.search_runs(
    experiment_ids=${list(ids)},
${filter === '' ? '' : `    filter_string=${text(filter)},\n`}${sort.length === 0 ? '' : `    order_by=${list(sort)},\n`}${deleted ? '    run_view_type=mlflow.entities.ViewType.DELETED_ONLY,\n' : ''})
print(runs)`),
    typescript: typescript(url, `const runs = client.runs.search({
  experiment_ids: ${list(ids)},
${filter === '' ? '' : `  filter: ${text(filter)},\n`}${sort.length === 0 ? '' : `  order_by: ${list(sort)},\n`}${deleted ? "  run_view_type: 'DELETED_ONLY',\n" : ''}})
for await (const { info, data } of runs) console.log(info.run_name, data.params, data.metrics)`),
  }
}

/** One metric of some runs, point by point. */
export const seriesInTypescript = (url: string, metric: string, runs: readonly { readonly id: string; readonly name: string }[]): string => typescript(url, `const runs = {
${runs.map(({ id, name }) => `  ${text(id)}: ${text(name)},`).join('\n')}
}
for (const [run_id, name] of Object.entries(runs)) {
  for await (const { step, value } of client.metrics.history(run_id, ${text(metric)})) console.log(name, step, value)
}`)

/** The page as a part of another: HTML for a wiki, Python for a notebook. */
export const embedIn = (address: string): { readonly html: string; readonly notebook: string } => ({
  html: `<iframe src="${address.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}" width="100%" height="600" loading="lazy" title="Cairn"></iframe>\n`,
  notebook: `from IPython.display import IFrame\n\nIFrame(${text(address)}, width="100%", height=600)\n`,
})
