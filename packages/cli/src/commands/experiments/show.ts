import { searchRuns } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { formatTime } from '../../framework/format.ts'
import { fields } from '../../framework/table.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { findExperiment } from '../../client/lookup.ts'
import { runTable } from '../../listing/runs.ts'

export const command = defineCommand({
  summary: 'Show one experiment with its latest runs.',
  args: { experiment: { summary: 'Its id or name.' } },
  options: clientOptions,
  examples: [['experiments show churn', 'by name'], ['experiments show 1 --json', 'by id, for a program']],
  run: async ({ args, options, io, style }) => {
    const connection = connect({ options, io })
    const experiment = await findExperiment(connection, args.experiment)
    const { runs = [] } = await connection.call(searchRuns, { experiment_ids: [experiment.experiment_id], max_results: 5 })
    const text = fields([
      ['Experiment', experiment.name],
      ['Id', experiment.experiment_id],
      ['Stage', experiment.lifecycle_stage === 'active' ? undefined : experiment.lifecycle_stage],
      ['Created', formatTime(Number(experiment.creation_time))],
      ['Changed', formatTime(Number(experiment.last_update_time))],
      ['Artifacts', experiment.artifact_location],
      ...(experiment.tags ?? []).map(({ key, value }): [string, string] => [`tag ${key}`, value]),
    ], style)
    return { data: { ...experiment, latest_runs: runs }, text: runs.length === 0 ? text : `${text}\n\n${runTable(runs, {}, style, io.columns)}` }
  },
})
