import { localPython } from '../record/machine.ts'
import { readyEnvironment } from '../run/environment.ts'
import { runVariables, type Backend, type Preparation, type Ready } from './backend.ts'
import { runLocal } from './local.ts'

/** The project's environment on this machine, for the backends that start its command from here. */
export async function prepareHere({ project, source, manager, wanted, context, say }: Preparation): Promise<Ready> {
  const { env, signal } = context
  if (manager === 'local' || manager === 'docker') {
    // Listing what is installed takes a while; the command need not wait for it.
    let asked: ReturnType<Ready['recorded']> | undefined
    return {
      variables: env, activate: undefined,
      recorded: () => asked ??= localPython(env).then((python) => ({
        environment: {
          manager: 'local', engine: null, id: null, python: python?.version ?? null, implementation: python?.implementation ?? null, image: null, locked: (python?.lock ?? '') !== '', notes: [],
        },
        lock: python?.lock,
      })),
    }
  }
  const ready = await readyEnvironment({ projectEnv: project.env, manager, folder: source.folder, env, offline: wanted.offline, lock: wanted.lock, python: wanted.python, say, signal })
  return { ...ready, recorded: async () => ({ environment: ready.recorded, lock: ready.lock }) }
}

export const localBackend: Backend = {
  elsewhere: false,
  prepare: prepareHere,
  async execute({ run, source, command, ready, context, output }) {
    // The experiment is said by its id; a name that means another one would stop MLflow's client.
    const { MLFLOW_EXPERIMENT_NAME: _, ...variables } = ready.variables
    return runLocal({
      // Where bash believes that a network connection started it, which a socket as standard input is
      // enough for, it reads ~/.bashrc, and another Python comes before the environment's.
      argv: ['bash', '--norc', '-c', ready.activate === undefined ? command : `${ready.activate} && ${command}`], cwd: source.folder,
      env: { ...variables, ...runVariables(run, context.trackingUri, context.env) }, output, signals: context.signals,
    })
  },
}
