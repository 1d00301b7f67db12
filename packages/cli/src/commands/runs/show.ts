import { getMetricHistoryBulkInterval, getRun, type Run } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { formatDuration, formatNumber, formatTime } from '../../framework/format.ts'
import type { Style } from '../../framework/io.ts'
import { sparkline } from '../../framework/sparkline.ts'
import { fields, table } from '../../framework/table.ts'
import { clientOptions, connect, type Connection } from '../../client/connection.ts'
import { paintStatus } from '../../listing/runs.ts'

const curveColumns = 32
const mostCurves = 50

export const command = defineCommand({
  summary: 'Show one run: its params, the curve and latest value of each metric, its tags.',
  args: { run: { summary: 'Its id.' } },
  options: {
    tags: { kind: 'boolean', summary: 'Also the tags that MLflow writes by itself (mlflow.…).' },
    ...clientOptions,
  },
  examples: [['runs show 3f2a9c41…', 'for people'], ['runs show 3f2a9c41… --json', 'as the API answers it']],
  run: async ({ args, options, json, io, style }) => {
    const connection = connect({ options, io })
    const { run } = await connection.call(getRun, { run_id: args.run })
    return { data: run, text: json ? '' : await runText(connection, run, options.tags, style, io.columns) }
  },
})

async function runText(connection: Connection, run: Run, allTags: boolean, style: Style, columns: number | undefined): Promise<string> {
  const { info, data } = run
  const end = Number(info.end_time ?? 0)
  const parts = [fields([
    ['Run', info.run_name],
    ['Id', info.run_id],
    ['Experiment', info.experiment_id],
    ['Status', info.status.toLowerCase()],
    ['Stage', info.lifecycle_stage === 'active' ? undefined : info.lifecycle_stage],
    ['Started', formatTime(Number(info.start_time))],
    ['Took', formatDuration((end === 0 ? Date.now() : end) - Number(info.start_time))],
    ['User', info.user_id],
    ['Artifacts', info.artifact_uri],
    ['Datasets', (run.inputs?.dataset_inputs ?? []).map(({ dataset }) => `${dataset.name} (${dataset.digest})`).join(', ')],
    ['Models', (run.outputs?.model_outputs ?? []).map(({ model_id }) => model_id).join(', ')],
  ], style).replace(info.status.toLowerCase(), (word) => paintStatus(info.status, word, style))]
  const params = data.params ?? []
  if (params.length > 0) parts.push(`${style.bold('Params')}\n${indent(fields(params.map(({ key, value }) => [key, value === '' ? '""' : value]), style))}`)
  const metrics = (data.metrics ?? []).toSorted((a, b) => (a.key < b.key ? -1 : 1))
  if (metrics.length > 0) {
    const curves = new Map(await Promise.all(metrics.slice(0, mostCurves).map(async ({ key }): Promise<[string, string]> => [key, await curve(connection, info.run_id, key)])))
    parts.push(`${style.bold('Metrics')}\n${indent(table(metrics, [
      { title: 'KEY', value: ({ key }) => key },
      { title: 'LATEST', value: ({ value }) => formatNumber(Number(value)), align: 'right' },
      { title: 'STEP', value: ({ step }) => String(step), align: 'right' },
      { title: 'CURVE', value: ({ key }) => curves.get(key), paint: style.green },
    ], style, columns === undefined ? undefined : columns - 2))}`)
  }
  const tags = (data.tags ?? []).filter(({ key }) => allTags || !key.startsWith('mlflow.'))
  if (tags.length > 0) parts.push(`${style.bold('Tags')}\n${indent(fields(tags.map(({ key, value }) => [key, value === '' ? '""' : value]), style))}`)
  return parts.join('\n\n')
}

async function curve(connection: Connection, run_id: string, metric_key: string): Promise<string> {
  const { metrics = [] } = await connection.call(getMetricHistoryBulkInterval, { run_ids: [run_id], metric_key, max_results: 320 })
  return metrics.length < 2 ? '' : sparkline(metrics.map(({ value }) => Number(value)), curveColumns)
}

const indent = (text: string): string => text.replace(/^/gm, '  ')
