import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { V1Job } from '@kubernetes/client-node'
import { parsePythonYaml, YamlError, type PythonValue } from '@cairn/environments'
import { ProjectError } from '../../errors.ts'
import { containerCommand } from '../../project/words.ts'

/** `--backend-config` of the kubernetes backend, as MLflow has it, and how often to look. */
export interface KubernetesConfig {
  /** Undefined: the current one of KUBECONFIG or ~/.kube/config, else the cluster that this runs in. */
  readonly context: string | undefined
  readonly repository: string
  readonly templatePath: string
  readonly pollMs: number
}

export function readKubernetesConfig(config: Readonly<Record<string, unknown>>, cwd: string): KubernetesConfig {
  const example = '--backend-config \'{"kube-context": "minikube", "repository-uri": "registry.example.org/team/project", "kube-job-template-path": "job.yaml"}\''
  const text = (name: string): string | undefined => {
    const value = config[name] ?? undefined
    if (value !== undefined && typeof value !== 'string') throw new ProjectError(`"${name}" in the configuration of kubernetes is no text.`, example)
    return value
  }
  const unknown = Object.keys(config).find((name) => !['kube-context', 'repository-uri', 'kube-job-template-path', 'poll-seconds'].includes(name))
  if (unknown !== undefined) throw new ProjectError(`The configuration of kubernetes has no "${unknown}".`, example)
  const template = text('kube-job-template-path')
  if (template === undefined) throw new ProjectError("'kube-job-template-path' attribute must be specified in backend_config.", example)
  const repository = text('repository-uri')
  if (repository === undefined) throw new ProjectError("Could not find 'repository-uri' in backend_config.", example)
  const seconds = config['poll-seconds'] ?? 5
  if (typeof seconds !== 'number' || !(seconds > 0)) throw new ProjectError('"poll-seconds" in the configuration of kubernetes is no number above zero.', example)
  return { context: text('kube-context'), repository, templatePath: resolve(cwd, template), pollMs: seconds * 1000 }
}

/** A template as the file has it; its first container is the one that gets the project. */
export async function readTemplate(path: string): Promise<V1Job> {
  const text = await readFile(path, 'utf8').catch(() => { throw new ProjectError(`Could not find 'kube-job-template-path': ${path}`, 'Relative paths start where the command is given.') })
  let value: unknown
  try {
    value = plain(parsePythonYaml(text))
  } catch (error) {
    if (error instanceof YamlError) throw new ProjectError(`${path} is no YAML: ${error.message}.`, 'Look at the indentation and the quotes there.')
    throw error
  }
  const job = value as V1Job | null
  if (job === null || typeof job !== 'object' || (job.kind !== undefined && job.kind !== 'Job')) throw new ProjectError(`${path} is no Job of Kubernetes.`, 'apiVersion: batch/v1\nkind: Job')
  if (!Array.isArray(job.spec?.template?.spec?.containers) || job.spec.template.spec.containers.length === 0) {
    throw new ProjectError(`${path} has no container under spec.template.spec.containers.`, 'The first one gets the project’s image, command and variables.')
  }
  return job
}

function plain(value: PythonValue): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return (value as readonly PythonValue[]).map(plain)
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]))
  return value
}

interface JobInput {
  readonly template: V1Job
  readonly project: string
  readonly runId: string
  /** With its digest where there is one. */
  readonly image: string
  readonly command: string
  readonly variables: Readonly<Record<string, string>>
  readonly namespace: string
  readonly now: Date
}

/** A name as RFC 1123 has it, at most `length` long: Kubernetes refuses capitals, underscores and dots. */
export function dnsLabel(text: string, length: number): string {
  return text.toLowerCase().replace(/[^a-z0-9-]+/g, '-').replace(/^-+/, '').slice(0, length).replace(/-+$/, '') || 'project'
}

/** The job for a run: the template with the project's name, image, command and variables in it. */
export function jobManifest({ template, project, runId, image, command, variables, namespace, now }: JobInput): V1Job {
  const stamp = now.toISOString().replace(/[-:T]/g, '').slice(0, 14)
  const pod = template.spec!.template
  const [first, ...others] = pod.spec!.containers
  return {
    ...template,
    apiVersion: 'batch/v1', kind: 'Job',
    metadata: {
      ...template.metadata, namespace: template.metadata?.namespace ?? namespace, name: `${dnsLabel(project, 40)}-${stamp}-${runId.slice(0, 6)}`,
      labels: { 'app.kubernetes.io/managed-by': 'cairn', 'cairn/run-id': runId, ...template.metadata?.labels },
    },
    spec: {
      // Kubernetes repeats a job six times by itself; a run is one attempt unless the template says otherwise.
      backoffLimit: 0, ...template.spec!,
      template: {
        ...pod,
        metadata: { ...pod.metadata, labels: { 'cairn/run-id': runId, ...pod.metadata?.labels } },
        spec: {
          restartPolicy: 'Never', ...pod.spec!,
          containers: [{
            ...first!, name: dnsLabel(project, 63), image, command: containerCommand(command),
            env: [...first!.env ?? [], ...Object.entries(variables).map(([name, value]) => ({ name, value }))],
          }, ...others],
        },
      },
    },
  }
}
