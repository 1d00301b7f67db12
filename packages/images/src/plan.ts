import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { answeredBy, mlflowRequirement, modelRequirements, parseModelUri, readMlModel, type FetchedModel, type MlModel } from '@cairn/serving'
import type { PythonEnv } from '@cairn/environments'
import { ImageError } from './errors.ts'

/** Where things lie in every image that Cairn makes. The model's place is MLflow's. */
export const places = { cairn: '/opt/cairn', environment: '/opt/env', requirements: '/opt/environment', onnx: '/opt/onnxruntime', model: '/opt/ml/model' } as const

/** The account in the image. A number, since a base image need not have a list of accounts. */
export const account = '10001:10001'
export const port = 8080

export type ImageManager = 'virtualenv' | 'uv' | 'conda' | 'local'

export interface PlanOptions {
  readonly manager: ImageManager
  readonly installMlflow: boolean
  /** Python even where the model runs without it. */
  readonly pythonOnly: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly say: (line: string) => void
}

/** What has to be in the image of a model. */
export interface ImagePlan {
  readonly fetched: FetchedModel
  readonly model: MlModel
  /** What its routes call it: the registered model's name, else `model`. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** Undefined where the model runs without Python. */
  readonly python: PythonPlan | undefined
  /** The package onnxruntime-node that answers, where it does. */
  readonly onnx: { readonly version: string; readonly folder: string } | undefined
  readonly java: boolean
}

export interface PythonPlan {
  readonly manager: ImageManager
  readonly spec: PythonEnv
  readonly condaFile: string | undefined
  /** Requirements besides the model's own. */
  readonly extra: readonly string[]
}

// Those for which MLflow installs Java by itself.
const javaFlavors = ['spark', 'johnsnowlabs', 'h2o']

/** Looks at a model and says what its image needs. @throws ModelError, EnvironmentError */
export async function planImage(fetched: FetchedModel, { manager, installMlflow, pythonOnly, env, say }: PlanOptions): Promise<ImagePlan> {
  const model = await readMlModel(fetched.folder)
  const answered = pythonOnly ? { engine: 'python' as const } : await answeredBy(fetched.folder, model, env)
  if (answered.engine === 'python' && 'why' in answered) say(`The image needs Python: ${answered.why}.`)
  const name = (fetched.version?.name ?? 'model').replace(/[^\w.-]/g, '_')
  return {
    fetched, model, name, labels: labelsOf(fetched, model, name),
    python: answered.engine === 'python' ? await pythonPlan(fetched.folder, model, manager, installMlflow) : undefined,
    onnx: answered.engine === 'onnx' ? await onnxPackage(answered.runtime!) : undefined,
    java: answered.engine === 'python' && Object.keys(model.flavors).some((flavor) => javaFlavors.includes(flavor)),
  }
}

async function pythonPlan(folder: string, model: MlModel, manager: ImageManager, installMlflow: boolean): Promise<PythonPlan> {
  const { spec, condaFile } = await modelRequirements(folder, model, manager === 'conda' ? 'conda' : 'virtualenv')
  // It becomes a word of a Dockerfile, and whoever saved the model wrote it.
  if (spec.python !== undefined && !/^\d+(?:\.\d+){0,2}\w*$/.test(spec.python)) throw new ImageError(`The model asks for Python ${JSON.stringify(spec.python)}, which is no version.`, 'Write one into its python_env.yaml: python: "3.12.4"')
  return { manager, spec, condaFile, extra: installMlflow ? [mlflowRequirement(model)] : [] }
}

function labelsOf(fetched: FetchedModel, model: MlModel, name: string): Record<string, string> {
  const { version } = fetched
  // The path of a folder on this machine says nothing to anybody else; an alias will point elsewhere.
  const uri = version === undefined ? (parseModelUri(fetched.uri, '/').kind === 'folder' ? undefined : fetched.uri) : `models:/${version.name}/${version.version}`
  const labels = {
    'org.opencontainers.image.title': name, 'org.opencontainers.image.version': version?.version,
    'cairn.model.uri': uri, 'cairn.model.digest': `sha256:${fetched.digest}`, 'cairn.run_id': model.runId, 'cairn.model_id': model.modelId,
  }
  return Object.fromEntries(Object.entries(labels).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

async function onnxPackage(runtime: string): Promise<{ version: string; folder: string }> {
  for (let folder = dirname(runtime); ; folder = dirname(folder)) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined)
    const manifest = text === undefined ? undefined : JSON.parse(text) as { name?: string; version?: string }
    if (manifest?.name === 'onnxruntime-node') return { version: manifest.version ?? '', folder }
    if (folder === dirname(folder)) return { version: '', folder: dirname(runtime) }
  }
}

/** The image with a Python of the model's version. */
export const pythonImage = (version: string | undefined): string => `python:${version ?? '3.12'}-slim`
/** Where no Python is needed: what Node is linked with, and little else. */
export const plainImage = 'debian:13-slim'

export interface Start {
  /** Undefined where the model is mounted when the container starts. */
  readonly name: string | undefined
  readonly manager: 'local' | 'virtualenv'
  readonly onnx: boolean
  /** The base's own Node; default the one that comes with the program. */
  readonly node?: string | undefined
}

const nodeOf = ({ node }: Pick<Start, 'node'>): string => node ?? `${places.cairn}/bin/node`

/** The command that answers for the model; the arguments of `docker run` come after it. */
export function entrypoint(start: Start): string[] {
  return [nodeOf(start), '--disable-warning=ExperimentalWarning', `${places.cairn}/dist/cairn.js`, 'models', 'serve', '-m', `${start.name ?? 'model'}=${places.model}`, '--env-manager', start.manager]
}

/** Variables of every image; those of MLflow that Cairn reads keep their names. */
export function variables({ name, onnx }: Start): Record<string, string> {
  return {
    MLFLOW_HOST: '0.0.0.0', MLFLOW_PORT: String(port), MLFLOW_DISABLE_ENV_CREATION: name === undefined ? 'false' : 'true',
    // The account has no entry in a list of accounts, and no home of its own.
    HOME: '/tmp', LOGNAME: 'cairn', PYTHONUNBUFFERED: '1',
    ...(onnx && { CAIRN_ONNXRUNTIME: places.onnx }),
  }
}

/** Holds what Node is linked with and a slim image lacks, and nothing else. In front of the base's LD_LIBRARY_PATH. */
export const nodeLibraries = `${places.cairn}/lib`

/** Asks the server how it is, by what every image has. */
export const healthCommand = (start: Pick<Start, 'node'>): string[] =>
  [nodeOf(start), '-e', `fetch('http://127.0.0.1:'+(process.env.MLFLOW_PORT||${port})+'/ping').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))`]
