import { parse } from 'yaml'
import type { FoundText, Run } from '@cairn/protocol'

/** What was found of the files that say with what runs were made. */
export interface EnvironmentTexts {
  readonly files: readonly FoundText[]
  readonly texts: readonly string[]
}

/** One run's Python, where it ran, and its packages, by name; in the order in which they are shown. */
export type Environment = ReadonlyMap<string, string>

/** The files that say it, the most exact ones first: what one of them says of a package, those behind it do not change. */
const names = ['reproduce/environment.lock', 'requirements.txt', 'conda.yaml', 'python_env.yaml', 'reproduce/record.json']
const mostPaths = 20

/** Folders of models that MLflow's clients before 3.0 kept among the run's own files. */
function modelFolders({ data }: Run): string[] {
  const history = data.tags?.find(({ key }) => key === 'mlflow.log-model.history')?.value
  try {
    const models = JSON.parse(history ?? '[]') as unknown
    return Array.isArray(models) ? models.flatMap((model) => (typeof (model as { artifact_path?: unknown } | null)?.artifact_path === 'string' ? [(model as { artifact_path: string }).artifact_path] : [])) : []
  } catch {
    return []
  }
}

/** What to ask the server for: the same paths of every run, and of the models that the runs made. */
export function environmentRequest(runs: readonly Run[]): { run_ids: string[]; models: { model_id: string }[]; paths: string[] } {
  const folders = [...new Set(runs.flatMap(modelFolders))].filter((folder) => folder !== '')
  return {
    run_ids: runs.map(({ info }) => info.run_id),
    models: [...new Set(runs.flatMap(modelIds))].slice(0, Math.max(0, 1000 - runs.length)).map((model_id) => ({ model_id })),
    paths: [...names, ...folders.flatMap((folder) => [`${folder}/requirements.txt`, `${folder}/python_env.yaml`])].slice(0, mostPaths),
  }
}

const modelIds = ({ outputs }: Run): string[] => (outputs?.model_outputs ?? []).map(({ model_id }) => model_id)

export function environmentOf(run: Run, { files, texts }: EnvironmentTexts): Environment {
  const models = new Set(modelIds(run))
  const own = files.filter((file) => file.text !== undefined && (file.run_id === run.info.run_id || (file.model_id !== undefined && models.has(file.model_id))))
  const facts = new Map<string, string>()
  const packages = new Map<string, string>()
  for (const name of names) {
    for (const file of own.filter(({ path }) => path === name || path.endsWith(`/${name}`))) {
      const read = readEnvironment(name, texts[file.text!]!)
      for (const [key, value] of read.facts) if (!facts.has(key)) facts.set(key, value)
      for (const [key, value] of read.packages) if (!packages.has(key)) packages.set(key, value)
    }
  }
  return new Map([...facts, ...[...packages].toSorted(([a], [b]) => (a < b ? -1 : 1))])
}

interface Read {
  readonly facts: ReadonlyMap<string, string>
  readonly packages: ReadonlyMap<string, string>
}

/** Damaged files say nothing. */
function readEnvironment(name: string, text: string): Read {
  try {
    if (name.endsWith('.json')) return readRecord(JSON.parse(text))
    if (name.endsWith('.yaml')) return readYaml(parse(text))
  } catch {
    return { facts: new Map(), packages: new Map() }
  }
  return { facts: new Map(), packages: readRequirements(text.split('\n')) }
}

/** Names as package indexes compare them: https://packaging.python.org/en/latest/specifications/name-normalization/ */
const canonical = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, '-')

/** Lines of a requirements file by package: the version where it is one, else what is said of it. */
export function readRequirements(lines: readonly string[]): Map<string, string> {
  const found = new Map<string, string>()
  for (const line of lines) {
    const text = line.replace(/(?:^|\s)#.*$/, '').replace(/\s--?[a-z].*$/, '').trim().replace(/\\$/, '').trim()
    const match = /^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(.*)$/.exec(text)
    if (match === null) continue
    const said = match[2]!.replace(/\s*;.*$/, '').trim()
    if (/^[:/\\]/.test(said)) continue
    found.set(canonical(match[1]!), said === '' ? 'any' : /^={2,3}\s*[^,*]+$/.test(said) ? said.replace(/^=+\s*/, '') : said.replace(/^@\s*/, '').replace(/\s+/g, ' '))
  }
  return found
}

/** `conda.yaml` and `python_env.yaml`: https://mlflow.org/docs/latest/ml/projects/ says both. */
function readYaml(data: unknown): Read {
  const facts = new Map<string, string>()
  const packages = new Map<string, string>()
  const { python, dependencies = [] } = (data ?? {}) as { python?: unknown; dependencies?: unknown }
  if (python !== undefined) facts.set('python', String(python))
  for (const one of Array.isArray(dependencies) ? dependencies as unknown[] : []) {
    if (typeof one === 'string') {
      // Of conda: name, version and build between single signs of equality, perhaps behind a channel.
      const conda = /^(?:[\w.-]+::)?([\w.-]+)=([^=].*?)(?:=[^=]+)?$/.exec(one)
      const [name, version] = conda === null ? [...readRequirements([one])][0] ?? [] : [canonical(conda[1]!), conda[2]!]
      if (name === 'python') facts.set('python', version!)
      else if (name !== undefined && !packages.has(name)) packages.set(name, version!)
    } else if (typeof one === 'object' && one !== null && 'pip' in one && Array.isArray(one.pip)) {
      for (const [name, version] of readRequirements(one.pip.map(String))) packages.set(name, version)
    }
  }
  return { facts, packages }
}

/** What `cairn run` keeps. */
function readRecord(data: unknown): Read {
  const { environment, machine } = (data ?? {}) as { environment?: Readonly<Record<string, unknown>>; machine?: Readonly<Record<string, unknown>> }
  const gpus = (Array.isArray(machine?.['gpus']) ? machine['gpus'] as { name?: unknown }[] : []).flatMap(({ name }) => (typeof name === 'string' ? [name] : []))
  const said = [
    ['python', environment?.['python']], ['environment', environment?.['manager']], ['image', environment?.['image']], ['system', machine?.['os']],
    ['processor', machine?.['cpu'] === undefined ? undefined : `${machine['cpus'] as number} × ${machine['cpu'] as string}`], ['gpus', gpus.join(', ')],
  ] as const
  return { facts: new Map(said.flatMap(([key, value]) => (typeof value === 'string' && value !== '' ? [[key, value] as const] : []))), packages: new Map() }
}
