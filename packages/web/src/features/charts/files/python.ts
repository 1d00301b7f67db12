import type { DrawnRun } from '../drawn-runs.ts'
import type { ColumnNames } from './logged-table.ts'

const quoted = (text: string): string => JSON.stringify(text)

const start = (url: string, more = ''): string => `import matplotlib.pyplot as plt\nimport mlflow\nimport pandas as pd\n${more}\nmlflow.set_tracking_uri(${quoted(url)})\n\n\ndef table(run_id, path):\n    file = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=path)\n    return pd.read_json(file, orient="split") if file.endswith(".json") else pd.read_csv(file)\n\n\n`

export const tablePython = (url: string, run: string, path: string): string => `${start(url)}print(table(${quoted(run)}, ${quoted(path)}))\n`

export const confusionPython = (url: string, run: string, path: string, { actual = 'target', predicted = 'prediction' }: ColumnNames): string =>
  `${start(url, 'from sklearn.metrics import ConfusionMatrixDisplay\n')}rows = table(${quoted(run)}, ${quoted(path)})\nConfusionMatrixDisplay.from_predictions(rows[${quoted(actual)}], rows[${quoted(predicted)}])\nplt.show()\n`

export function curvePython(kind: 'roc' | 'pr', url: string, runs: readonly DrawnRun[], path: string, { actual = 'target', score = 'score', positive }: ColumnNames): string {
  const display = kind === 'roc' ? 'RocCurveDisplay' : 'PrecisionRecallDisplay'
  return `${start(url, `from sklearn.metrics import ${display}\n`)}axes = plt.gca()\nfor run_id, name in {\n${runs.map(({ id, name }) => `    ${quoted(id)}: ${quoted(name)},\n`).join('')}}.items():\n    rows = table(run_id, ${quoted(path)})\n    ${display}.from_predictions(rows[${quoted(actual)}]${positive === undefined ? '' : `.astype(str) == ${quoted(positive)}`}, rows[${quoted(score)}], name=name, ax=axes)\nplt.show()\n`
}

export const imagesPython = (url: string, runs: readonly DrawnRun[], name: string): string =>
  `import mlflow\n\nmlflow.set_tracking_uri(${quoted(url)})\nclient = mlflow.MlflowClient()\nfor run_id in [\n${runs.map(({ id }) => `    ${quoted(id)},\n`).join('')}]:\n    for file in client.list_artifacts(run_id, "images"):\n        if ${quoted(name.replaceAll('/', '~'))} in file.path:\n            print(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=file.path))\n`

export const filePython = (url: string, runs: readonly DrawnRun[], path: string): string =>
  `import mlflow\n\nmlflow.set_tracking_uri(${quoted(url)})\nfor run_id in [\n${runs.map(({ id }) => `    ${quoted(id)},\n`).join('')}]:\n    print(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=${quoted(path)}))\n`
