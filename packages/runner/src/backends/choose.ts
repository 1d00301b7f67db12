import { ProjectError } from '../errors.ts'
import type { Project } from '../project/spec.ts'
import type { EnvManager } from '../run/context.ts'
import type { Backend } from './backend.ts'
import { dockerBackend } from './docker/docker-backend.ts'
import { kubernetesBackend } from './kubernetes/kubernetes-backend.ts'
import { localBackend } from './local-backend.ts'
import { readSlurmConfig } from './slurm/config.ts'
import { slurmBackend } from './slurm/slurm-backend.ts'

export interface BackendInput {
  readonly project: Project
  readonly manager: EnvManager | 'docker'
  readonly config: Readonly<Record<string, unknown>>
  readonly cwd: string
}

/** The backend of a name; refuses what the project or the configuration does not allow before there is a run. */
export function backendOf(name: string, { config, manager, cwd }: BackendInput): Backend {
  switch (name) {
    case 'local': return manager === 'docker' ? dockerBackend : localBackend
    case 'slurm':
      if (manager === 'docker') throw new ProjectError('A docker_env project does not run on Slurm, whose nodes seldom have an engine.', 'Give it a python_env, or run it with --backend kubernetes or local.')
      return slurmBackend(readSlurmConfig(config))
    case 'kubernetes':
      if (manager !== 'docker') throw new ProjectError('A project runs on Kubernetes in an image, and this one has no docker_env.', 'Add one to MLproject:\ndocker_env:\n  image: python:3.12-slim')
      return kubernetesBackend(config, cwd)
    case 'databricks': throw new ProjectError('Projects run on Databricks by their own tools only.', 'Use: mlflow run --backend databricks', { usage: true })
  }
  throw new ProjectError(`Got unsupported execution mode ${name}. Supported values: local, slurm, kubernetes`, 'Name one of them: --backend local', { usage: true })
}
