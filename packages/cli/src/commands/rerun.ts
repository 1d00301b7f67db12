import type { Difference, RerunOutcome } from '@cairn/runner'
import { defineCommand } from '../framework/command.ts'
import type { Io, Style } from '../framework/io.ts'
import { table } from '../framework/table.ts'
import { runContext } from '../projects/context.ts'
import { readBackendConfig, runOptions } from '../projects/options.ts'
import { ended } from './run.ts'

const { 'param-list': params, 'experiment-name': experiment, 'experiment-id': id, 'run-name': name, 'env-manager': manager, backend, 'backend-config': config, 'storage-dir': storage, offline, 'system-metrics': metrics, 'tracking-uri': uri } = runOptions

export const command = defineCommand({
  summary: 'Do a run again from its record, and say what differs.',
  details: 'Takes the sources as they were (commit, uncommitted patch, files that git did not know), the same parameters, Python and packages, and makes a new run in the same experiment. Runs that MLflow itself started are repeated from its tags: commit, entry point, declared parameters.',
  args: { run: { summary: 'Id of the run.' } },
  options: {
    'param-list': params, 'experiment-name': experiment, 'experiment-id': id, 'run-name': name, 'env-manager': manager,
    backend: { kind: 'text', short: 'b', value: 'NAME', shown: 'as the run’s', summary: backend.summary },
    'backend-config': config, 'storage-dir': storage, offline, 'system-metrics': metrics, 'tracking-uri': uri,
  },
  examples: [['rerun 3f2a9c41…', 'the same again'], ['rerun 3f2a9c41… -P seed=8', 'with another seed'], ['rerun 3f2a9c41… --json', 'the differences as data']],
  run: async (context) => {
    const { args, options, given, io, json, style } = context
    const { readAssignments, rerun } = await import('@cairn/runner')
    const outcome = await rerun(args.run, {
      parameters: readAssignments(options['param-list'], 'P') as Record<string, string>, experimentName: options['experiment-name'], experimentId: options['experiment-id'], runName: options['run-name'],
      envManager: options['env-manager'], backend: options.backend, backendConfig: options['backend-config'] === undefined ? undefined : await readBackendConfig(options['backend-config'], io.cwd), storageDir: options['storage-dir'],
      offline: options.offline, systemMetrics: !given.has('system-metrics') || options['system-metrics'],
    }, runContext(context))
    const told = tell(outcome, style, io)
    if (outcome.status !== 'FINISHED' && !json) io.warn(`${told}\n`)
    const { text } = ended(outcome, json)
    return { data: outcome, text: json ? '' : `${style.bold(text)}\n${told}` }
  },
})

function tell({ differences, rerun_of }: RerunOutcome, style: Style, io: Io): string {
  if (differences === undefined) return 'What differs cannot be said: the record of the new run is not on the server.'
  if (differences.length === 0) return `Nothing differs from run ${rerun_of}.`
  const columns = [
    { title: 'WHAT', value: ({ what }: Difference) => what }, { title: 'BEFORE', value: ({ before }: Difference) => before ?? '-' }, { title: 'NOW', value: ({ after }: Difference) => after ?? '-' },
  ]
  return `Differs from run ${rerun_of} in:\n${table(differences, columns, style, io.columns)}`
}
