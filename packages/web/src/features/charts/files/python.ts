import type { DrawnRun } from '../drawn-runs.ts'
import type { ColumnNames, columnsOf } from './logged-table.ts'

const quoted = (text: string): string => JSON.stringify(text)

/** How the table of a chart is read, as the page found it. */
export type Found = ReturnType<typeof columnsOf>

const start = (url: string, more = ''): string => `import matplotlib.pyplot as plt
import mlflow
import pandas as pd
${more}
mlflow.set_tracking_uri(${quoted(url)})


def table(run_id, path):
    file = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=path)
    if file.endswith(".json"):
        return pd.read_json(file, orient="split")
    if file.endswith(".parquet"):
        return pd.read_parquet(file)
    return pd.read_csv(file, sep="\\t" if file.endswith(".tsv") else ",")


`

export const tablePython = (url: string, run: string, path: string): string => `${start(url)}print(table(${quoted(run)}, ${quoted(path)}))\n`

export function confusionPython(url: string, run: string, path: string, found: Found): string {
  const { names: [actual = 'target', predicted = 'prediction', count], form } = found ?? { names: [], form: 'rows' as const }
  const display = form === 'rows' ? `ConfusionMatrixDisplay.from_predictions(rows[${quoted(actual)}], rows[${quoted(predicted)}])\n`
    : form === 'counts' ? `labels = sorted({*rows[${quoted(actual)}], *rows[${quoted(predicted)}]})\ncounts = rows.pivot_table(index=${quoted(actual)}, columns=${quoted(predicted)}, values=${quoted(count!)}, aggfunc="sum", fill_value=0)\nConfusionMatrixDisplay(counts.reindex(index=labels, columns=labels, fill_value=0).to_numpy(), display_labels=labels).plot()\n`
    : `labels = ${JSON.stringify(found!.names)}\nConfusionMatrixDisplay(rows.iloc[:, -len(labels):].to_numpy(), display_labels=labels).plot()\n`
  return `${start(url, 'from sklearn.metrics import ConfusionMatrixDisplay\n')}rows = table(${quoted(run)}, ${quoted(path)})\n${display}plt.show()\n`
}

export function curvePython(kind: 'roc' | 'pr', url: string, runs: readonly DrawnRun[], path: string, { positive }: ColumnNames, found: Found): string {
  const [x = 'target', y = 'score'] = found?.names ?? []
  const display = kind === 'roc' ? 'RocCurveDisplay' : 'PrecisionRecallDisplay'
  const each = found?.form === 'points' ? `    rows = table(run_id, ${quoted(path)}).sort_values(${quoted(x)})\n    axes.plot(rows[${quoted(x)}], rows[${quoted(y)}], label=name)\n`
    : `    rows = table(run_id, ${quoted(path)})\n    ${display}.from_predictions(rows[${quoted(x)}]${positive === undefined ? '' : `.astype(str) == ${quoted(positive)}`}, rows[${quoted(y)}], name=name, ax=axes)\n`
  return `${start(url, found?.form === 'points' ? '' : `from sklearn.metrics import ${display}\n`)}axes = plt.gca()\nfor run_id, name in {\n${runs.map(({ id, name }) => `    ${quoted(id)}: ${quoted(name)},\n`).join('')}}.items():\n${each}plt.legend()\nplt.show()\n`
}

export const imagesPython = (url: string, runs: readonly DrawnRun[], name: string): string =>
  `import mlflow\n\nmlflow.set_tracking_uri(${quoted(url)})\nclient = mlflow.MlflowClient()\nfor run_id in [\n${runs.map(({ id }) => `    ${quoted(id)},\n`).join('')}]:\n    for file in client.list_artifacts(run_id, "images"):\n        if ${quoted(name.replaceAll('/', '~'))} in file.path:\n            print(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=file.path))\n`

export const filePython = (url: string, runs: readonly DrawnRun[], path: string): string =>
  `import mlflow\n\nmlflow.set_tracking_uri(${quoted(url)})\nfor run_id in [\n${runs.map(({ id }) => `    ${quoted(id)},\n`).join('')}]:\n    print(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=${quoted(path)}))\n`
