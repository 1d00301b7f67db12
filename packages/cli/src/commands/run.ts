import type { RunOutcome } from '@cairn/runner'
import { defineCommand, type Result } from '../framework/command.ts'
import { exitCodes } from '../framework/run.ts'
import { UserError } from '../framework/errors.ts'
import { runContext } from '../projects/context.ts'
import { readBackendConfig, runOptions } from '../projects/options.ts'

export const command = defineCommand({
  summary: 'Run an MLflow project, and keep how to repeat it.',
  details: 'Takes the options of "mlflow run". The project is a folder, a zip, or a git address (https, ssh, file) with #SUBFOLDER behind it. Its output goes to the terminal and, as it comes, to the run. Ctrl-C is passed on; a second one kills.',
  args: { uri: { summary: 'The project.' } },
  options: runOptions,
  examples: [
    ['run . -P alpha=0.5', 'the project in this folder'],
    ['run https://example.org/team/models.git#churn --version v2 --experiment-name churn', 'from git'],
    ['run . --entry-point train.py --env-manager local', 'a script, with what is installed'],
    ['run . --require-clean', 'only what is committed'],
  ],
  run: async (context) => {
    const { args, options, given, io, json } = context
    const { readAssignments, runProject } = await import('@cairn/runner')
    const backendConfig = await readBackendConfig(options['backend-config'], io.cwd)
    const outcome = await runProject({
      uri: args.uri, entryPoint: options['entry-point'], version: options.version,
      parameters: readAssignments(options['param-list'], 'P') as Record<string, string>, dockerArgs: readAssignments(options['docker-args'], 'A'),
      experimentName: options['experiment-name'], experimentId: options['experiment-id'], runName: options['run-name'], runId: options['run-id'],
      envManager: options['env-manager'], backend: options.backend, backendConfig, buildImage: options['build-image'], storageDir: options['storage-dir'],
      requireClean: options['require-clean'], offline: options.offline, systemMetrics: !given.has('system-metrics') || options['system-metrics'],
    }, runContext(context))
    return ended(outcome, json)
  },
})

/** The result of a run that finished; an error with its exit status for any other. */
export function ended(outcome: RunOutcome, json: boolean): Result {
  if (outcome.status === 'FINISHED') return { data: outcome, text: json ? '' : `Run ${outcome.run_id} finished.` }
  const word = outcome.status === 'KILLED' ? 'was killed' : 'failed'
  throw new UserError(
    `Run ${outcome.run_id} ${word}: ${outcome.why ?? ''}`, outcome.fix ?? `Its log: cairn artifacts download ${outcome.run_id} console.log`,
    outcome.status === 'KILLED' ? exitCodes.interrupted : exitCodes.failure,
  )
}
