/**
 * The systems that Cairn is compared with, from PyPI: MLflow in the environment of the tests,
 * FastTrackML and MLServer in one of their own each (they would hold the others back to older versions).
 *
 *   node --conditions=source bench/setup.ts
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { pythonForTests } from '../tools/setup-python.ts'

const run = promisify(execFile)

export const mlflowVersion = '3.17.2'
export const fasttrackmlVersion = '0.6.0'
export const mlserverVersion = '1.7.1'

export const cacheFolder = () => process.env.CAIRN_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cairn')

export async function mlflowProgram(): Promise<string> {
  const program = join(dirname(await pythonForTests()), 'mlflow')
  const { stdout } = await run(program, ['--version'])
  if (!stdout.includes(mlflowVersion)) throw new Error(`The targets are set against MLflow ${mlflowVersion}, and ${program} is ${stdout.trim()}.`)
  return program
}

/** A Go program in a Python package: it runs without the package's requirements. */
export async function fasttrackmlProgram(): Promise<string> {
  const place = join(cacheFolder(), `peer-fasttrackml-${fasttrackmlVersion}`)
  const program = join(place, 'bin/fml')
  const ready = join(place, 'ready')
  if (existsSync(ready)) return program
  process.stderr.write(`Installing FastTrackML ${fasttrackmlVersion} in ${place} (once)\n`)
  await rm(place, { recursive: true, force: true })
  await mkdir(cacheFolder(), { recursive: true })
  await run('python3', ['-m', 'venv', place])
  await run(join(place, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', '--no-deps', `FastTrackML==${fasttrackmlVersion}`])
  await writeFile(ready, '')
  return program
}

/** With the packages that the models of the tests were saved with. A newer uvloop ends its workers at their start. */
export async function mlserverProgram(): Promise<string> {
  const place = join(cacheFolder(), `peer-mlserver-${mlserverVersion}`)
  const program = join(place, 'bin/mlserver')
  const ready = join(place, 'ready')
  if (existsSync(ready)) return program
  process.stderr.write(`Installing MLServer ${mlserverVersion} in ${place} (once)\n`)
  await rm(place, { recursive: true, force: true })
  await mkdir(cacheFolder(), { recursive: true })
  const lines = (await readFile(fileURLToPath(new URL('../tests/python/requirements.txt', import.meta.url)), 'utf8')).split('\n')
  const same = ['mlflow', 'scikit-learn', 'xgboost', 'numpy', 'pandas'].map((name) => lines.find((line) => line.startsWith(`${name}==`))!)
  await run('python3', ['-m', 'venv', place])
  await run(join(place, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', `mlserver==${mlserverVersion}`, `mlserver-mlflow==${mlserverVersion}`, 'uvloop==0.21.0', ...same])
  await writeFile(ready, '')
  return program
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${await mlflowProgram()}\n${await fasttrackmlProgram()}\n${await mlserverProgram()}\n`)
}
