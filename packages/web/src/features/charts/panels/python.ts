import type { FieldId } from './columns.ts'
import { isOn, role, rolesOf, type Panel, type RunKind } from './panel.ts'

export interface PythonContext {
  readonly url: string
  readonly experiments: readonly string[]
  readonly filter: string
  /** Params that an importance is asked of when none is named. */
  readonly params: readonly FieldId[]
}

const quoted = (text: string): string => JSON.stringify(text)

/** The column of a field in the data frame of `mlflow.search_runs`. */
function frameColumn(id: FieldId): string {
  if (!id.startsWith('attributes.')) return `runs[${quoted(id)}]`
  const key = id.slice('attributes.'.length)
  if (key === 'duration') return '(runs["end_time"] - runs["start_time"]).dt.total_seconds()'
  return `runs[${quoted(key === 'run_name' ? 'tags.mlflow.runName' : key === 'user_id' ? 'tags.mlflow.user' : key)}]`
}

/** Params are texts to MLflow; those that are numbers become numbers. */
const frame = (id: FieldId): string => (id.startsWith('params.') || id.startsWith('tags.') ? `number(${frameColumn(id)})` : frameColumn(id))

/** The same chart in Python, from every run of the filter. */
export function panelPython(panel: Panel, { url, experiments, filter, params }: PythonContext): string {
  const [x, y, z, by, color] = ['x', 'y', 'z', 'by', 'color'].map((name) => role(panel, name))
  const label = (id: FieldId): string => quoted(id.slice(id.indexOf('.') + 1))
  const scales = ['x', 'y'].filter((axis) => isOn(panel, 'log', axis)).map((axis) => `plt.${axis}scale("log")\n`).join('')
  const grouped = (id: FieldId): string => `groups = ${frame(id)}.groupby(${by === undefined ? '["all runs"] * len(runs)' : frameColumn(by)})\n`
  const body = (): string => {
    switch (panel.kind as RunKind) {
      case 'scatter': return `plt.scatter(${frame(x!)}, ${frame(y!)}${color === undefined ? '' : `, c=${frame(color)}.rank(method="dense")`})\nplt.xlabel(${label(x!)})\nplt.ylabel(${label(y!)})\n${scales}`
      case 'bar': return y === undefined ? `${frameColumn(by!)}.value_counts().sort_index().plot.bar()\nplt.ylabel("runs")\n` : `${grouped(y)}groups.mean().plot.bar(yerr=groups.std())\nplt.ylabel(${label(y)})\n`
      case 'box': return `${grouped(y!)}plt.boxplot([values.dropna() for _, values in groups], tick_labels=[name for name, _ in groups])\nplt.ylabel(${label(y!)})\n${scales}`
      case 'violin': return `${grouped(y!)}plt.violinplot([values.dropna() for _, values in groups], showmedians=True)\nplt.xticks(range(1, len(groups) + 1), [name for name, _ in groups])\nplt.ylabel(${label(y!)})\n${scales}`
      case 'histogram': return `plt.hist(${frame(x!)}.dropna(), bins="fd")\nplt.xlabel(${label(x!)})\nplt.ylabel("runs")\n`
      case 'contour': return `table = pd.DataFrame({"x": ${frame(x!)}, "y": ${frame(y!)}, "z": ${frame(z!)}}).dropna()\nplt.tricontourf(table["x"], table["y"], table["z"])\nplt.colorbar(label=${label(z!)})\nplt.plot(table["x"], table["y"], "k.")\nplt.xlabel(${label(x!)})\nplt.ylabel(${label(y!)})\n${scales}`
      case 'parallel': return `table = pd.DataFrame({\n${rolesOf(panel, 'axis').map((id) => `    ${label(id)}: ${frame(id)},\n`).join('')}})\ntable = table.apply(lambda values: values if pd.api.types.is_numeric_dtype(values) else values.rank())\ntable = (table - table.min()) / (table.max() - table.min())\npd.plotting.parallel_coordinates(table.assign(run=""), "run")\nplt.legend().remove()\n`
      case 'importance': {
        const fields = rolesOf(panel, 'field')
        return `table = pd.DataFrame({\n${(fields.length > 0 ? fields : params).map((id) => `    ${label(id)}: ${frame(id)},\n`).join('')}})\ntable = table.apply(lambda values: values.fillna(values.min() - 1) if pd.api.types.is_numeric_dtype(values) else values.astype("category").cat.codes)\ntarget = ${frame(y!)}\nforest = RandomForestRegressor(n_estimators=100, max_depth=8, random_state=1).fit(table[target.notna()], target.dropna())\npd.Series(forest.feature_importances_, table.columns).sort_values().plot.barh()\n`
      }
    }
  }
  return `import matplotlib.pyplot as plt
import mlflow
import pandas as pd
${panel.kind === 'importance' ? 'from sklearn.ensemble import RandomForestRegressor\n' : ''}
mlflow.set_tracking_uri(${quoted(url)})
runs = mlflow.search_runs([${experiments.map(quoted).join(', ')}]${filter === '' ? '' : `, filter_string=${quoted(filter)}`}, max_results=100_000)


def number(values):
    numbers = pd.to_numeric(values, errors="coerce")
    return numbers if numbers.notna().any() else values


${body()}plt.show()
`
}
