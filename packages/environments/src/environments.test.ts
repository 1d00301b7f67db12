import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { EnvironmentError } from './errors.ts'
import { prepareEnvironment } from './build.ts'
import { advice } from './installer.ts'
import { lockedVersions, lockText, withoutHashes } from './lock-file.ts'
import { emptyPythonEnv, readCondaEnv, readPythonEnv } from './python-env.ts'
import { anchoredLines, requirementText } from './requirements.ts'

const folder = mkdtempSync(join(tmpdir(), 'cairn-environments-'))
after(() => rmSync(folder, { recursive: true }))
const write = (name: string, text: string): string => {
  mkdirSync(join(folder, name, '..'), { recursive: true })
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

test('a python_env file is read as MLflow reads it, and its mistakes are told', async () => {
  assert.deepEqual(await readPythonEnv(write('a.yaml', 'python: "3.11"\nbuild_dependencies: [pip]\ndependencies:\n  - -r requirements.txt\n')),
    { python: '3.11', build_dependencies: ['pip'], dependencies: ['-r requirements.txt'] })
  assert.deepEqual(await readPythonEnv(write('b.yaml', '')), emptyPythonEnv)
  await assert.rejects(readPythonEnv(write('c.yaml', 'python: 3.10')), /gives python as 3\.1, a number/)
  await assert.rejects(readPythonEnv(write('d.yaml', 'pyton: "3.10"')), /has a field "pyton"/)
  await assert.rejects(readPythonEnv(join(folder, 'none.yaml')), /There is no file/)
})

test('of a conda file a virtual environment takes Python, build packages and the pip list', async () => {
  const path = write('conda.yaml', 'channels: [conda-forge]\ndependencies: [python=3.11.7, pip<=24.0, numpy=1.26, {pip: [mlflow, six==1.17.0]}]')
  assert.deepEqual(await readCondaEnv(path), { python: '3.11.7', build_dependencies: ['pip<=24.0'], dependencies: ['mlflow', 'six==1.17.0'], left: ['numpy=1.26'] })
  await assert.rejects(readCondaEnv(write('e.yaml', 'dependencies: [python]')), /It must be pinned/)
})

test('the identity of requirements holds the files that they name, and what is in a folder', async () => {
  write('p/requirements.txt', '# comment\nsix==1.17.0  # why\n-c limits.txt\n')
  write('p/limits.txt', 'idna<4\n')
  write('p/lib/setup.py', 'one')
  const read = () => requirementText(['-r requirements.txt', './lib'], join(folder, 'p'))
  const first = await read()
  assert.deepEqual(first.slice(0, 6), ['requirements {', 'six==1.17.0', 'constraints {', 'idna<4', '}', '}'])
  write('p/lib/setup.py', 'two')
  assert.notDeepEqual(await read(), first)
  await assert.rejects(requirementText(['-r none.txt'], folder), EnvironmentError)
  assert.deepEqual(anchoredLines(['-r a.txt', 'six', '--requirement="b c.txt"'], '/x'), ['-r /x/a.txt', 'six', '--requirement /x/b c.txt'])
})

test('a lock has hashes for all or for none', () => {
  const report = { install: [{ metadata: { name: 'Six', version: '1.0' }, download_info: { archive_info: { hashes: { sha256: 'ab' } } } }] }
  assert.equal(lockText(['six==1.0', '# Editable'], [report]), 'six==1.0 --hash=sha256:ab\n')
  assert.equal(lockText(['six==1.0', 'idna==3'], [report]), 'six==1.0\nidna==3\n')
  assert.equal(withoutHashes('six==1.0 --hash=sha256:ab\n'), 'six==1.0\n')
  assert.deepEqual([...lockedVersions('Six_a==1.0 --hash=sha256:ab\nlib @ file:///x\n')], [['six-a', '1.0'], ['lib', 'file:///x']])
})

test('what to try fits what the installer wrote', () => {
  assert.match(advice('ERROR: No matching distribution found for nmupy', false), /no such package/)
  assert.match(advice("fatal error: Python.h: No such file or directory", false), /compiler/)
  assert.match(advice('NewConnectionError: Failed to establish a new connection', false), /cannot be reached/)
  assert.match(advice('anything', true), /--offline/)
})

test('conda is asked for the environment of the file, and what it installed is the lock', async () => {
  const bin = join(folder, 'bin')
  write('bin/micromamba', `#!/bin/sh
echo "$@" >> ${folder}/calls
case $1 in
  create) mkdir -p "$4/bin" && ln -s "$(command -v python3)" "$4/bin/python" ;;
  list) echo "https://conda.example/six-1.0.conda#ab" ;;
esac
`)
  chmodSync(join(bin, 'micromamba'), 0o755)
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}` }
  const request = { manager: 'conda' as const, spec: emptyPythonEnv, folder, condaFile: join(folder, 'conda.yaml'), root: join(folder, 'envs'), env }
  const made = await prepareEnvironment(request)
  assert.equal(made.engine, join(bin, 'micromamba'))
  assert.match(made.lock, /^# conda\n@EXPLICIT\nhttps:\/\/conda\.example\/six-1\.0\.conda#ab\n# pip\n/)
  assert.match(made.activate ?? '', /^\{ export CONDA_PREFIX=\S+\/envs\/\S+ CONDA_DEFAULT_ENV=.*activate\.d/)
  assert.equal((await prepareEnvironment(request)).built, false)
  const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')
  assert.deepEqual(calls.map((line) => line.split(' ')[0]), ['create', 'list'])
  await assert.rejects(prepareEnvironment({ ...request, env: { ...env, PATH: '/nowhere' } }), /no conda, mamba or micromamba/)
})
