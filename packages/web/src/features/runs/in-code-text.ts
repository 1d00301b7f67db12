/** A snippet in one language. */
export interface Snippet {
  readonly id: string
  readonly label: string
  readonly text: string
}

const quote = (text: string): string => JSON.stringify(text)
/** For a shell: nothing in it means anything. */
const shell = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

export interface RunsQuestion {
  readonly experiment_ids: readonly string[]
  readonly filter?: string | undefined
  readonly order_by?: readonly string[] | undefined
  readonly run_view_type?: string | undefined
}

/** The runs that a table shows, asked for by a program. */
export function runsInCode(url: string, { experiment_ids, filter = '', order_by = [], run_view_type }: RunsQuestion): Snippet[] {
  const body = { experiment_ids, ...(filter !== '' && { filter }), ...(order_by.length > 0 && { order_by }), ...(run_view_type !== undefined && { run_view_type }), max_results: 100 }
  return [
    { id: 'python', label: 'Python', text: `import mlflow

mlflow.set_tracking_uri(${quote(url)})
runs = mlflow.search_runs(
    experiment_ids=[${experiment_ids.map(quote).join(', ')}],${filter === '' ? '' : `\n    filter_string=${quote(filter)},`}${order_by.length === 0 ? '' : `\n    order_by=[${order_by.map(quote).join(', ')}],`}${run_view_type === undefined ? '' : `\n    run_view_type=mlflow.entities.ViewType.${run_view_type},`}
)
print(runs)` },
    { id: 'typescript', label: 'TypeScript', text: `import { CairnClient } from '@cairn/sdk'

const client = new CairnClient({ url: ${quote(url)} })
for await (const run of client.runs.search(${JSON.stringify({ ...body, max_results: undefined })})) {
  console.log(run.info.run_name, run.data.metrics)
}` },
    { id: 'curl', label: 'curl', text: `curl -s ${shell(`${url}/api/2.0/mlflow/runs/search`)} -H 'Content-Type: application/json' \\
  -d ${shell(JSON.stringify(body))}` },
  ]
}

/** One run, with all that was logged to it. */
export const runInCode = (url: string, id: string): Snippet[] => [
  { id: 'python', label: 'Python', text: `import mlflow

mlflow.set_tracking_uri(${quote(url)})
run = mlflow.get_run(${quote(id)})
print(run.data.params, run.data.metrics)
for metric in run.data.metrics:
    points = mlflow.MlflowClient().get_metric_history(${quote(id)}, metric)
mlflow.artifacts.download_artifacts(run_id=${quote(id)}, dst_path="artifacts")` },
  { id: 'typescript', label: 'TypeScript', text: `import { CairnClient } from '@cairn/sdk'

const client = new CairnClient({ url: ${quote(url)} })
const run = await client.runs.get(${quote(id)})
console.log(run.data.params, run.data.metrics)` },
  { id: 'curl', label: 'curl', text: `curl -s ${shell(`${url}/api/2.0/mlflow/runs/get?run_id=${id}`)}` },
]
