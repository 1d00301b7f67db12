import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { EnvironmentError } from './errors.ts'
import { parsePythonYaml, pythonText, YamlError, type PythonMap, type PythonValue } from './python-yaml.ts'

/** MLflow's `python_env.yaml`, for projects and models. Requirements are lines of a requirements file. */
export interface PythonEnv {
  /** `3.11` or `3.11.7`; undefined takes the `python3` of the PATH. */
  readonly python: string | undefined
  /** Installed first. */
  readonly build_dependencies: readonly string[]
  readonly dependencies: readonly string[]
}

export const emptyPythonEnv: PythonEnv = { python: undefined, build_dependencies: [], dependencies: [] }

const fields = ['python', 'build_dependencies', 'dependencies']

/** Reads a `python_env.yaml`. */
export async function readPythonEnv(path: string): Promise<PythonEnv> {
  const map = await readMap(path)
  for (const key of Object.keys(map)) {
    if (!fields.includes(key)) throw new EnvironmentError(`${path} has a field "${key}" that no python_env file has.`, `Its fields are ${fields.join(', ')}.`)
  }
  const { python = null } = map
  if (python !== null && typeof python !== 'string') {
    // 3.10 without quotes is the number 3.1: MLflow refuses it, and so it never runs on the wrong Python.
    throw new EnvironmentError(`${path} gives python as ${pythonText(python)}, a number.`, 'Put the version in quotes: python: "3.11"')
  }
  return { python: python ?? undefined, build_dependencies: lines(path, 'build_dependencies', map), dependencies: lines(path, 'dependencies', map) }
}

function lines(path: string, field: string, map: PythonMap): string[] {
  const value = map[field] ?? null
  if (value === null) return []
  if (!Array.isArray(value)) throw new EnvironmentError(`${path}: ${field} is no list.`, `Write one requirement a line:\n${field}:\n  - numpy==2.3.4`)
  return (value as readonly PythonValue[]).map(pythonText)
}

const packageLine = /^(?<name>python|pip|setuptools|wheel)(?<operator><=|>=|==|!=|<|>|=)?(?<version>[\d.]+)?$/

/**
 * What of a `conda.yaml` a virtual environment can hold: Python, build packages and the pip list.
 * `left` names the conda packages that it cannot.
 */
export async function readCondaEnv(path: string): Promise<PythonEnv & { readonly left: readonly string[] }> {
  const { dependencies = null } = await readMap(path)
  let python: string | undefined
  const build: string[] = []
  const left: string[] = []
  let pip: string[] = []
  for (const one of Array.isArray(dependencies) ? dependencies as readonly PythonValue[] : []) {
    if (typeof one !== 'string') {
      if (one === null || typeof one !== 'object' || Array.isArray(one) || !Array.isArray((one as PythonMap)['pip'])) {
        throw new EnvironmentError(`${path}: Invalid conda dependency: ${pythonText(one)}. Must be str or dict in the form of {"pip": [...]}`, 'Write it as MLflow saves it.')
      }
      pip = ((one as PythonMap)['pip'] as readonly PythonValue[]).map(pythonText)
      continue
    }
    const { name, operator, version } = packageLine.exec(one)?.groups ?? {}
    if (name === undefined) left.push(one)
    else if (name === 'python' && python === undefined) {
      if (operator === undefined) throw new EnvironmentError(`${path}: Invalid dependency for python: ${one}. It must be pinned (e.g. python=3.8.13).`, 'Write a version: python=3.11')
      if (operator === '<' || operator === '>' || operator === '!=') {
        throw new EnvironmentError(`${path}: Invalid version comparator for python: '${operator}'. Must be one of ['<=', '>=', '=', '=='].`, 'Write a version: python=3.11')
      }
      python = version
    } else build.push(`${name}${operator === undefined ? '' : operator === '=' ? '==' : operator}${version ?? ''}`)
  }
  return { python, build_dependencies: build, dependencies: pip, left }
}

async function readMap(path: string): Promise<PythonMap> {
  let value: PythonValue
  try {
    value = parsePythonYaml(await readFile(path, 'utf8'))
  } catch (error) {
    if (error instanceof YamlError) throw new EnvironmentError(`${path} is no YAML: ${error.message}.`, 'Look at the indentation and the quotes there.')
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new EnvironmentError(`There is no file ${path}.`, `Write a ${basename(path)}, or take it out of what names it.`)
    throw error
  }
  if (value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw new EnvironmentError(`${path} is no mapping.`, 'It has fields such as python and dependencies.')
  return value as PythonMap
}
