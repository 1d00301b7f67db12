import { isAlreadyExists, isNotFound, type CairnClient } from '@cairn/sdk'
import { ProjectError } from '../errors.ts'
import type { Variables } from '../process.ts'

interface Wanted {
  readonly experimentName?: string | undefined
  readonly experimentId?: string | undefined
}

/** The experiment that was named, else that of MLflow's variables, else Default. A name that is not there is made. */
export async function resolveExperiment(client: CairnClient, { experimentName, experimentId }: Wanted, env: Variables, say: (line: string) => void): Promise<string> {
  if (experimentName && experimentId) throw new ProjectError("Specify only one of 'experiment-name' or 'experiment-id' options.", undefined, { usage: true })
  if (experimentId) return experimentId
  if (experimentName) return byName(client, experimentName, say)
  const fromEnv = env['MLFLOW_EXPERIMENT_NAME'] ? await byName(client, env['MLFLOW_EXPERIMENT_NAME'], say) : undefined
  const id = env['MLFLOW_EXPERIMENT_ID'] || undefined
  if (fromEnv !== undefined && id !== undefined && id !== fromEnv) {
    throw new ProjectError(`MLFLOW_EXPERIMENT_ID is ${id}, and MLFLOW_EXPERIMENT_NAME means experiment ${fromEnv}.`, 'Set one of them, or name the experiment: --experiment-name')
  }
  return fromEnv ?? id ?? '0'
}

async function byName(client: CairnClient, name: string, say: (line: string) => void): Promise<string> {
  const find = async (): Promise<string> => (await client.experiments.getByName(name)).experiment_id
  try {
    return await find()
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  try {
    const id = await client.experiments.create({ name })
    say(`'${name}' does not exist. Creating a new experiment`)
    return id
  } catch (error) {
    // Somebody else was quicker.
    if (!isAlreadyExists(error)) throw error
    return find()
  }
}
