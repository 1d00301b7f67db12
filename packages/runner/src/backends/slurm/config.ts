import { ProjectError } from '../../errors.ts'

/** `--backend-config` of the slurm backend. */
export interface SlurmConfig {
  /** Options of sbatch by their long names, `_` for `-`: `partition`, `time`, `gpus`, `cpus_per_task`, … */
  readonly sbatch: readonly string[]
  /** A folder that the nodes see under the same path. Default: beside the queue for an absent server. */
  readonly folder: string | undefined
  /** Shell to run on the node before the environment, for instance `module load cuda`. */
  readonly setup: string | undefined
  /** Parameters of each task of an array, which become runs below this one. */
  readonly array: readonly Readonly<Record<string, string>>[] | undefined
  /** How many tasks of the array run at once. */
  readonly arrayLimit: number | undefined
  /** Runs or job ids by what they must have become: `after_ok`, `after_any`, `after_not_ok`. */
  readonly dependencies: readonly { readonly kind: string; readonly on: readonly string[] }[]
  /** Milliseconds between two looks at the job. */
  readonly pollMs: number
}

/** Options of sbatch that say how large a job is and where it goes; anything else goes through `options`. */
const passed = [
  'partition', 'account', 'qos', 'time', 'nodes', 'ntasks', 'cpus_per_task', 'mem', 'mem_per_cpu', 'mem_per_gpu', 'gpus', 'gpus_per_node', 'gpus_per_task', 'gres', 'constraint', 'nodelist', 'exclude',
  'reservation', 'licenses', 'priority', 'nice', 'begin', 'deadline', 'comment', 'mail_type', 'mail_user', 'exclusive', 'requeue', 'tmp', 'signal',
]
const dependencies: Readonly<Record<string, string>> = { after_ok: 'afterok', after_any: 'afterany', after_not_ok: 'afternotok' }
const own = ['options', 'folder', 'setup', 'array', 'array_limit', 'poll_seconds', ...Object.keys(dependencies)]

/** Reads the configuration; a name that means nothing is refused, since it would be missed later. */
export function readSlurmConfig(config: Readonly<Record<string, unknown>>): SlurmConfig {
  const sbatch: string[] = []
  for (const [name, value] of Object.entries(config)) {
    if (own.includes(name)) continue
    if (!passed.includes(name)) throw new ProjectError(`The configuration of slurm has no "${name}".`, `It has ${[...passed, ...own].join(', ')}. Any other option of sbatch: "options": ["--name=value"]`)
    if (value === true) sbatch.push(`--${name.replaceAll('_', '-')}`)
    else if (typeof value === 'string' || typeof value === 'number') sbatch.push(`--${name.replaceAll('_', '-')}=${value}`)
    else if (value !== false && value !== null) throw wrong(name, 'a text, a number or true')
  }
  const options = config['options'] ?? []
  if (!isTexts(options)) throw wrong('options', 'a list of texts')
  return {
    sbatch: [...sbatch, ...options], folder: text(config, 'folder'), setup: text(config, 'setup'), array: readArray(config['array']),
    arrayLimit: positive(config, 'array_limit'), pollMs: (positive(config, 'poll_seconds') ?? 5) * 1000,
    dependencies: Object.entries(dependencies).flatMap(([name, kind]) => {
      const on = config[name] ?? []
      const list = typeof on === 'string' || typeof on === 'number' ? [String(on)] : on
      if (!isTexts(list)) throw wrong(name, 'a run, a job id or a list of them')
      return list.length === 0 ? [] : [{ kind, on: list }]
    }),
  }
}

const wrong = (name: string, what: string): ProjectError => new ProjectError(`"${name}" in the configuration of slurm is not ${what}.`)
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((one) => typeof one === 'string')

function text(config: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = config[name] ?? undefined
  if (value !== undefined && typeof value !== 'string') throw wrong(name, 'a text')
  return value
}

function positive(config: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = config[name] ?? undefined
  if (value !== undefined && (typeof value !== 'number' || !(value > 0))) throw wrong(name, 'a number above zero')
  return value
}

function readArray(value: unknown): Record<string, string>[] | undefined {
  if (value === undefined || value === null) return undefined
  const what = 'a list of objects with the parameters of each task, such as [{"alpha": 0.1}, {"alpha": 0.5}]'
  if (!Array.isArray(value) || value.length === 0) throw wrong('array', what)
  return value.map((one: unknown) => {
    if (one === null || typeof one !== 'object' || Array.isArray(one)) throw wrong('array', what)
    return Object.fromEntries(Object.entries(one).map(([name, item]) => [name, String(item)]))
  })
}
