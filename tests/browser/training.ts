import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { pythonForTests } from '../../tools/setup-python.ts'
import type { Site } from './browser.ts'

export interface Training extends AsyncDisposable {
  /** The experiment of the runs. */
  readonly experiment: string
  /** The id of a run by its name. */
  run(name: string): string
}

/** What MLflow's own Python client logs (`train.py`): an afternoon's runs, and one that goes on until this is disposed of. */
export async function startTraining({ url, client }: Site): Promise<Training> {
  const python = await pythonForTests()
  const training = spawn(python, [fileURLToPath(new URL('train.py', import.meta.url)), url], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, PYTHONWARNINGS: 'ignore', MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: 'false' } })
  let said = ''
  training.stderr.on('data', (text: Buffer) => { said += text.toString() })
  let out = ''
  await new Promise<void>((resolve, reject) => {
    training.stdout.on('data', (text: Buffer) => { if ((out += text.toString()).includes('ready')) resolve() })
    training.once('exit', (code) => reject(new Error(`train.py ended with ${code}: ${said}`)))
  })
  const experiment = (await client.experiments.searchPage({ max_results: 10, filter: "name = 'telco/churn'" })).items[0]!.experiment_id
  const runs = new Map((await client.runs.searchPage({ experiment_ids: [experiment], max_results: 10 })).items.map(({ info }) => [info.run_name, info.run_id]))
  return {
    experiment,
    run: (name) => runs.get(name)!,
    async [Symbol.asyncDispose]() {
      if (training.exitCode !== null) return
      const ended = once(training, 'exit')
      training.stdin.end()
      // One that hears nothing any more must not hold the others up.
      setTimeout(() => training.kill('SIGKILL'), 20_000).unref()
      await ended
    },
  }
}
