import { readFile } from 'node:fs/promises'
import { arch, cpus, hostname, platform, release, totalmem } from 'node:os'
import { ask, type Variables } from '../process.ts'

export interface Machine {
  readonly host: string
  readonly os: string
  readonly kernel: string
  readonly arch: string
  readonly cpu: string
  readonly cpus: number
  readonly memory_bytes: number
  readonly gpus: readonly { readonly name: string; readonly driver: string; readonly memory_megabytes: number }[]
}

export async function machineOf(env: Variables): Promise<Machine> {
  const [gpus, release_] = await Promise.all([
    ask(['nvidia-smi', '--query-gpu=name,driver_version,memory.total', '--format=csv,noheader,nounits'], { env }), readFile('/etc/os-release', 'utf8').catch(() => ''),
  ])
  return {
    host: hostname(), os: /^PRETTY_NAME="?([^"\n]*)/m.exec(release_)?.[1] ?? platform(), kernel: `${platform()} ${release()}`, arch: arch(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown', cpus: cpus().length, memory_bytes: totalmem(),
    gpus: (gpus ?? '').split('\n').flatMap((line) => {
      const [name, driver, memory] = line.split(',').map((part) => part.trim())
      return name === undefined || driver === undefined ? [] : [{ name, driver, memory_megabytes: Number(memory) }]
    }),
  }
}

/** Variables that change results and hold no secret. */
const telling = ['PYTHONHASHSEED', 'CUDA_VISIBLE_DEVICES', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'NUMEXPR_NUM_THREADS', 'TF_DETERMINISTIC_OPS', 'TF_CUDNN_DETERMINISTIC', 'CUBLAS_WORKSPACE_CONFIG', 'LANG', 'LC_ALL', 'TZ']

export const tellingVariables = (env: Variables): Record<string, string> =>
  Object.fromEntries(telling.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))

/** The seed, where a parameter or variable is one by its name. */
export function seedOf(values: Readonly<Record<string, string>>, env: Variables): string | undefined {
  const name = Object.keys(values).find((one) => /^(?:random[_-]?)?(?:seed|state)$/i.test(one)) ?? Object.keys(values).find((one) => /(?:^|[_-])seed$/i.test(one))
  return name === undefined ? env['CAIRN_SEED'] ?? env['PYTHONHASHSEED'] : values[name]
}

const listing = `
import sys, importlib.metadata as m
print("%d.%d.%d" % sys.version_info[:3], sys.implementation.name, sys.executable)
for name, version in sorted({(d.metadata["Name"] or "", d.version) for d in m.distributions()}): print(f"{name}=={version}")`

export interface LocalPython {
  readonly version: string
  readonly implementation: string
  readonly path: string
  /** What is installed, as requirements. */
  readonly lock: string
}

/** The Python of the PATH with what it has installed; undefined where there is none. */
export async function localPython(env: Variables): Promise<LocalPython | undefined> {
  const text = await ask(['python', '-c', listing], { env }) ?? await ask(['python3', '-c', listing], { env })
  const [first = '', ...packages] = (text ?? '').split('\n')
  const [, version, implementation, path] = /^(\S+) (\S+) (.+)$/.exec(first) ?? []
  return version === undefined ? undefined : { version, implementation: implementation!, path: path!, lock: packages.filter((line) => !line.startsWith('==')).map((line) => `${line}\n`).join('') }
}
