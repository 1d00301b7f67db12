import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { formatCommand, shellQuote } from './format.ts'
import { checkValues, computeCommand, readAssignments } from './parameters.ts'
import { findEntryPoint, loadProject } from './spec.ts'

const folder = mkdtempSync(join(tmpdir(), 'cairn-project-'))
after(() => rmSync(folder, { recursive: true }))
const project = (name: string, text?: string, file = 'MLproject') => {
  mkdirSync(join(folder, name), { recursive: true })
  if (text !== undefined) writeFileSync(join(folder, name, file), text)
  return loadProject(join(folder, name))
}
const options = { cwd: folder, storage: join(folder, 'storage'), download: async (uri: string, to: string) => join(to, uri.split('/').at(-1)!) }

test('values go into a command as Python’s format puts text there', () => {
  const values = { a: 'xyz', 'b c': "it's" }
  assert.equal(formatCommand('{a} {{a}} {b c} {a:>5}|{a:*^6}|{a:.2}|{a!r}', values), "xyz {a} it's   xyz|*xyz**|xy|'xyz'")
  assert.throws(() => formatCommand('echo {lr}', values), /uses \{lr\}, and the entry point has no parameter "lr"/)
  for (const broken of ['{a', 'a}', '{a!z}', '{a:d}']) assert.throws(() => formatCommand(broken, values), { name: 'ProjectError' }, broken)
})

test('words are quoted as Python’s shlex quotes them', () => {
  assert.deepEqual(['', 'plain-1.2/x', 'a b', "it's", '$HOME', 'é', '~', 'a\nb'].map(shellQuote), ["''", 'plain-1.2/x', "'a b'", `'it'"'"'s'`, "'$HOME'", "'é'", "'~'", "'a\nb'"])
})

test('a project names its environment, or has the files beside it, or none', async () => {
  const kinds = async (name: string, files: Record<string, string>) => {
    mkdirSync(join(folder, name), { recursive: true })
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, name, file), text)
    const { env } = await loadProject(join(folder, name))
    return env.kind === 'docker' ? env.docker.image : [env.kind, env.file?.slice(join(folder, name).length + 1)]
  }
  assert.deepEqual(await kinds('none', {}), ['python', undefined])
  assert.deepEqual(await kinds('beside', { 'conda.yaml': '', 'python_env.yaml': '' }), ['python', 'python_env.yaml'])
  assert.deepEqual(await kinds('conda', { 'conda.yaml': '' }), ['conda', 'conda.yaml'])
  assert.deepEqual(await kinds('named', { mlPROJECT: 'conda_env: c.yaml', 'c.yaml': '', 'python_env.yaml': '' }), ['conda', 'c.yaml'])
  assert.deepEqual(await kinds('docker', { MLproject: 'docker_env: {image: "a:1", environment: [[A, 1], B]}' }), 'a:1')
})

test('what is wrong with an MLproject is told with what to write', async () => {
  await assert.rejects(project('tabs', 'entry_points:\n\tmain: x'), /is no YAML: line 2/)
  await assert.rejects(project('list', '- a'), /is no mapping/)
  await assert.rejects(project('nocommand', 'entry_points: {main: {parameters: {a: float}}}'), /entry point "main" has no command/)
  await assert.rejects(project('badparam', 'entry_points: {main: {command: x, parameters: {a: [1]}}}'), /parameter "a" of "main"/)
  await assert.rejects(project('spark', 'databricks_spark_job: {python_file: a.py}'), /Databricks/)
  await assert.rejects(project('pair', 'docker_env: {image: a, environment: [[A]]}'), /neither a name nor a pair/)
})

test('a script is an entry point by its ending', async () => {
  const { entryPoints, ...bare } = await project('scripts')
  const of = (name: string) => findEntryPoint({ ...bare, entryPoints }, name, {}).command
  assert.deepEqual([of('a b.py'), of('x.sh'), formatCommand(of('{x}.py'), {})], ["python 'a b.py'", 'bash x.sh', "python '{x}.py'"])
  assert.throws(() => of('main'), /Could not find main among entry points \[\] or interpret main as a runnable script\./)
})

test('a path is made absolute or fetched, and the params say what was given', async () => {
  const { entryPoints } = await project('paths', `
entry_points:
  main:
    parameters: {data: path, other: {type: path, default: "runs:/abc/t.csv"}, where: {type: uri, default: "s3://b/x"}, n: {default: 2.50}}
    command: "train {data} {other} {where} {n}"`)
  writeFileSync(join(folder, 'my data.csv'), 'x')
  const entry = entryPoints.get('main')!
  const { text, logged, values, paths } = await computeCommand(entry, { data: 'my data.csv', more: 'a b' }, options)
  assert.equal(text, `train '${folder}/my data.csv' ${folder}/storage/param_1/t.csv s3://b/x 2.5 --more 'a b'`)
  assert.deepEqual(logged, { data: "'my data.csv'", other: 'runs:/abc/t.csv', where: 's3://b/x', n: '2.5', more: "'a b'" })
  assert.deepEqual([values['data'], values['more'], Object.keys(paths)], [join(folder, 'my data.csv'), 'a b', ['data', 'other']])
  await assert.rejects(computeCommand(entry, { data: 'none.csv' }, options), /Got value none\.csv for parameter data, but no such file/)
  assert.throws(() => checkValues(entry, {}), /No value given for missing parameters: 'data'/)
  assert.throws(() => checkValues(entry, { data: 'x', where: 'here' }), /Expected URI for parameter where but got here/)
})

test('assignments on the command line are read as MLflow reads them', () => {
  assert.deepEqual(readAssignments(['a=1', 'b=x=y', 'c='], 'P'), { a: '1', b: 'x=y', c: '' })
  assert.deepEqual(readAssignments(['gpus=all', 't'], 'A'), { gpus: 'all', t: true })
  assert.throws(() => readAssignments(['a'], 'P'), /Invalid format for -P parameter: 'a'\. Use -P name=value\./)
  assert.throws(() => readAssignments(['a=1', 'a=2'], 'P'), /Repeated parameter: 'a'/)
})
